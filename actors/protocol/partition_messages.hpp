#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>
#include <caf/timespan.hpp>

#include "actors/protocol/ids.hpp"
#include "actors/protocol/record_batch.hpp"
#include "config/settings.hpp"

namespace troupe {

/// Append one batch to a partition.
struct append_request {
  record_batch batch;
  enum acks acks = acks::all;
  /// As of a fetch.
  int32_t leader_epoch = -1;
};

struct append_result {
  /// Of the first record; a repeated batch is answered with its first place.
  int64_t base_offset = 0;
  int32_t leader_epoch = 0;
  /// The batch was there already: nothing was appended.
  bool is_duplicate = false;
};

/// Records from `offset` on. The answer comes when there are `bytes_min` bytes
/// or after `wait_max`, with whole batches: at most `bytes_max`, but at least
/// one batch when there is one.
struct fetch_request {
  int64_t offset = 0;
  uint64_t bytes_max = 256 * kib;
  uint64_t bytes_min = 1;
  caf::timespan wait_max{0};
  /// The leader epoch of the record before `offset`, -1: unknown. Tells when
  /// the log was cut and written again below `offset`.
  int32_t last_epoch = -1;
  /// The newest leader epoch that the reader knows of, -1: none. A leader of an
  /// older one is deposed, and does not know it yet.
  int32_t leader_epoch = -1;
};

enum class fetch_status : uint8_t {
  ok,
  /// `offset` is below `log_start`: retention was faster, or a deletion.
  below_start,
  /// `offset` is above `log_end`.
  above_end,
  /// The log was cut below `offset`: it goes on at `diverging_end`.
  diverged,
};

struct fetch_result {
  fetch_status status = fetch_status::ok;
  std::vector<record_batch> batches;
  int64_t log_start = 0;
  /// Consumers see what is below.
  int64_t high_watermark = 0;
  int64_t log_end = 0;
  int32_t leader_epoch = 0;
  /// With `diverged`: the end of the last epoch that both sides know.
  int64_t diverging_end = -1;
};

/// Which offset: the first one, the high watermark, of a time; or the time of
/// the first record at or after an offset.
struct offset_query {
  enum class kind : uint8_t { earliest, latest, timestamp, record };
  kind what = kind::latest;
  int64_t timestamp_ms = -1;
  int64_t offset = -1;
};

struct offset_answer {
  int64_t offset = 0;
  /// Of the record at `offset`, or -1.
  int64_t timestamp_ms = -1;
  /// The epoch under which `offset` is or will be written.
  int32_t leader_epoch = 0;
  /// The partition's bounds at the same moment.
  int64_t log_start = 0;
  int64_t high_watermark = 0;
};

/// Delete the records before an offset.
struct delete_request {
  int64_t before = 0;
  /// Nothing is deleted, only looked at.
  bool is_preview = false;
};

struct delete_result {
  /// The first offset as it was...
  int64_t from = 0;
  /// ... and as it is now; the same when nothing was to be deleted.
  int64_t to = 0;
  int64_t high_watermark = 0;
};

/// Where an epoch ends: `epoch` is the largest known at or below the one asked.
struct epoch_end {
  int32_t epoch = 0;
  int64_t end_offset = 0;
};

/// How far a replica is, as its leader knows it.
struct replica_status {
  uint32_t node = 0;
  bool is_in_sync = false;
  int64_t log_end = 0;
  int64_t synced_end = 0;
  /// Since when it is behind; 0: it is not.
  caf::timespan behind_for{0};
};

struct partition_status {
  topic_partition id;
  std::string name;
  int64_t log_start = 0;
  int64_t high_watermark = 0;
  int64_t log_end = 0;
  int64_t synced_end = 0;
  int32_t leader_epoch = 0;
  uint64_t size_bytes = 0;
  uint32_t segments = 0;
  /// Since its log was opened: syncs, what producers appended, and what
  /// readers got.
  uint64_t syncs = 0;
  uint64_t appended_records = 0;
  uint64_t appended_bytes = 0;
  uint64_t fetched_bytes = 0;
  uint32_t waiting_fetches = 0;
  uint32_t producers = 0;
  /// In a cluster: the node that leads, 0: none, or a single node.
  uint32_t leader = 0;
  /// Of a leader: the others.
  std::vector<replica_status> replicas;
  /// What opening the log found, empty when all was well.
  std::string recovery;
  /// Why it is offline, when there was no partition to ask; else empty.
  std::string failure;
  /// What retention or compaction failed at last, empty when all is well.
  std::string upkeep_failure;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, append_request& x) {
  return f(caf::meta::type_name("append_request"), x.batch, x.acks,
           x.leader_epoch);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, append_result& x) {
  return f(caf::meta::type_name("append_result"), x.base_offset, x.leader_epoch,
           x.is_duplicate);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, fetch_request& x) {
  return f(caf::meta::type_name("fetch_request"), x.offset, x.bytes_max,
           x.bytes_min, x.wait_max, x.last_epoch, x.leader_epoch);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, fetch_result& x) {
  return f(caf::meta::type_name("fetch_result"), x.status, x.batches,
           x.log_start, x.high_watermark, x.log_end, x.leader_epoch,
           x.diverging_end);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, offset_query& x) {
  return f(caf::meta::type_name("offset_query"), x.what, x.timestamp_ms,
           x.offset);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, offset_answer& x) {
  return f(caf::meta::type_name("offset_answer"), x.offset, x.timestamp_ms,
           x.leader_epoch, x.log_start, x.high_watermark);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, delete_request& x) {
  return f(caf::meta::type_name("delete_request"), x.before, x.is_preview);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, delete_result& x) {
  return f(caf::meta::type_name("delete_result"), x.from, x.to,
           x.high_watermark);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, epoch_end& x) {
  return f(caf::meta::type_name("epoch_end"), x.epoch, x.end_offset);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, replica_status& x) {
  return f(caf::meta::type_name("replica_status"), x.node, x.is_in_sync,
           x.log_end, x.synced_end, x.behind_for);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, partition_status& x) {
  return f(caf::meta::type_name("partition_status"), x.id, x.name, x.log_start,
           x.high_watermark, x.log_end, x.synced_end, x.leader_epoch,
           x.size_bytes, x.segments, x.syncs, x.appended_records,
           x.appended_bytes, x.fetched_bytes, x.waiting_fetches, x.producers,
           x.leader, x.replicas, x.recovery, x.failure, x.upkeep_failure);
}

} // namespace troupe
