#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "config/consumer_settings.hpp"

/// Every limit and default of Troupe, with those of consumers from
/// consumer_settings.hpp. Units: durations are chrono types, sizes are bytes.
/// How they are written in JSON and what bounds they have: config/README.md;
/// `settings_reader` enforces both.
namespace troupe {

/// Most replicas that a partition of a cluster can have.
inline constexpr uint32_t replicas_max = 7;

/// What happens to old records of a topic.
enum class cleanup_policy : uint8_t {
  /// Whole segments go when they are too old or too many.
  remove,
  /// Of each key only the last record stays.
  compact,
};

/// Settings of one topic; each can be changed live.
struct topic_settings {
  /// A segment is closed when it has this many bytes...
  uint64_t segment_bytes = 64 * mib;
  /// ... or when its first record is this old.
  milliseconds segment_age = std::chrono::hours{24 * 7};
  cleanup_policy cleanup = cleanup_policy::remove;
  /// Records older than this go; 0: kept for ever.
  milliseconds retention_time = 0ms;
  /// Above this many bytes the oldest segments go; 0: no bound.
  uint64_t retention_bytes = 0;
  /// How long a compacted topic keeps the tombstone of a removed key.
  milliseconds tombstone_retention = std::chrono::hours{24};
  /// Largest encoded batch that is taken.
  uint64_t record_bytes_max = 1 * mib;
  /// Bytes of log between two entries of the sparse indexes.
  uint64_t index_interval_bytes = 4 * kib;
  /// In a cluster: with fewer replicas in sync `acks=all` is refused; 0: as the
  /// cluster is set.
  uint32_t min_insync_replicas = 0;

  friend bool operator==(const topic_settings&,
                         const topic_settings&) = default;
};

/// When an append is answered.
enum class acks : int8_t {
  /// Not at all: the producer does not wait.
  none = 0,
  /// When it is written (page cache).
  leader = 1,
  /// When it is synced.
  all = -1,
};

/// How the records of a batch are compressed; the numbers are those of record
/// batches.
enum class codec : uint8_t { none, gzip, snappy, lz4, zstd };

/// Their names, in the order of their numbers.
inline constexpr std::array<const char*, 5> codec_names = {
  {"none", "gzip", "snappy", "lz4", "zstd"}};

/// A codec, and how much it tries.
struct compression {
  enum codec codec = codec::none;
  /// 0: the codec's own default.
  int level = 0;

  friend bool operator==(const compression&, const compression&) = default;
};

/// Most bytes that the records of any batch may have decompressed: what readers
/// hold against those who would have them fill their memory.
inline constexpr uint64_t decompressed_bytes_limit = 256 * mib;

struct producer_settings {
  enum acks acks = acks::all;
  /// A batch leaves when it has this many bytes...
  uint64_t batch_bytes = 64 * kib;
  /// ... or this long after its first record.
  milliseconds linger = 0ms;
  /// Bytes of unanswered records; above it `send` waits.
  uint64_t buffer_bytes = 32 * mib;
  /// Records that may wait for room in the buffer; above it `queue_full`.
  uint32_t waiting_max = 10'000;
  /// A record that is not acknowledged after this long fails with `timed_out`.
  milliseconds delivery_timeout = 120s;
  milliseconds request_timeout = 10s;
  milliseconds retry_backoff = 20ms;
  milliseconds retry_backoff_max = 1s;
  bool idempotent = true;
  /// Applied to each batch that it makes smaller.
  struct compression compression;

  friend bool operator==(const producer_settings&,
                         const producer_settings&) = default;
};

/// Bounds of one partition actor.
struct partition_settings {
  /// Fetches that wait for records at once; above it `queue_full`.
  uint32_t waiting_fetches_max = 10'000;
  /// Appends with acks=all that wait for a sync at once; above it `queue_full`.
  uint32_t waiting_appends_max = 10'000;
  /// Bytes of the log's end kept in memory for fetches that follow it.
  uint64_t tail_bytes = 1 * mib;
  /// Producers whose last batches are remembered; the longest silent one goes.
  uint32_t producers_max = 10'000;
  /// How often retention and compaction look for work.
  milliseconds upkeep_interval = 30s;
  /// Bytes compacted in one go.
  uint64_t compaction_step_bytes = 4 * mib;
  /// A compressed batch is refused when its records have more bytes.
  uint64_t decompressed_bytes_max = 64 * mib;

  friend bool operator==(const partition_settings&,
                         const partition_settings&) = default;
};

/// Bounds of the coordinators and the offset store.
struct coordination_settings {
  /// Shards of `__commit_offsets`; fixed when the data directory is made.
  uint32_t shards = 50;
  uint32_t members_max = 10'000;
  /// Events kept of each group.
  uint32_t timeline_events_max = 200;
  /// Least time between two looks for expired positions.
  milliseconds expiry_interval = 60s;

  friend bool operator==(const coordination_settings&,
                         const coordination_settings&) = default;
};

/// How the disk is used. The bounds are on what the records of users' topics
/// may take: above them they are refused (`storage_full`); commits, deletions
/// and retention go on.
struct storage_settings {
  /// Bytes of the data directory's disk that stay free; 0: no bound.
  uint64_t free_min = 128 * mib;
  /// Bytes of all logs together; 0: no bound.
  uint64_t quota = 0;
  /// How often the disk is looked at.
  milliseconds check_interval = 1s;
  /// Threads that make files durable: partitions share them, each has one that
  /// is always the same.
  uint32_t flushers = 4;

  friend bool operator==(const storage_settings&,
                         const storage_settings&) = default;
};

/// A node as one of several, and how they watch over each other.
struct cluster_settings {
  /// Off: a single node.
  bool is_on = false;
  /// `host:port` at which other nodes and clients reach this node; empty: where
  /// it listens.
  std::string address;
  /// Replicas of a partition are spread over racks; empty: all are alike.
  std::string rack;
  /// `host:port` of other nodes, which are asked when this one starts.
  std::vector<std::string> nodes;
  /// Nodes that agree on the metadata: 1, 3 or 5.
  uint32_t voters = 3;
  /// Of topics that do not say otherwise, and of `__commit_offsets`; as many as
  /// there are nodes when these are fewer.
  uint32_t replication_factor = 3;
  /// With fewer replicas in sync `acks=all` is refused.
  uint32_t min_insync_replicas = 2;
  /// A node that was not heard of for this long is fenced: others take over
  /// what it leads.
  milliseconds lease = 2s;
  /// The same for one whose connection is lost.
  milliseconds lost_lease = 500ms;
  /// How often a node says that it is alive.
  milliseconds beat_interval = 200ms;
  /// A replica that is behind for this long is no more in sync.
  milliseconds replica_lag_max = 10s;
  /// How long a replica's fetch waits for records.
  milliseconds replica_wait_max = 500ms;
  /// Bytes of one replica's fetch.
  uint64_t replica_fetch_bytes_max = 256 * kib;
  /// Bytes a second that all new replicas of a node get; 0: no bound.
  uint64_t move_bytes_per_second = 0;
  /// How often leaders go back to the preferred replicas; 0: only when told.
  milliseconds leader_return_interval = 5s;
  /// A voter that hears nothing of the controllers' leader for between once and
  /// twice this long stands for election.
  milliseconds election_timeout = 300ms;
  /// How often the controllers' leader says that it is there.
  milliseconds election_heartbeat = 50ms;

  friend bool operator==(const cluster_settings&,
                         const cluster_settings&) = default;
};

/// Files in PEM with which nodes and clients prove who they are; all empty: no
/// encryption.
struct tls_settings {
  std::string certificate;
  std::string key;
  /// Whose certificates are taken.
  std::string authority;

  friend bool operator==(const tls_settings&, const tls_settings&) = default;
};

/// What a node serves to browsers and to monitoring systems.
struct http_settings {
  /// `host:port`; empty: nothing.
  std::string address;
  /// The console's token: in this variable of the environment, or in this file.
  /// Both empty: the console is shown, and changes nothing.
  std::string token_env;
  std::string token_file;
  /// Browsers that watch at once.
  uint32_t watchers_max = 16;

  friend bool operator==(const http_settings&, const http_settings&) = default;
};

/// A topic that is to exist.
struct topic_spec {
  std::string name;
  int32_t partitions = 1;
  topic_settings settings;
  /// In a cluster: replicas of each partition; 0: as the cluster is set.
  uint32_t replication_factor = 0;

  friend bool operator==(const topic_spec&, const topic_spec&) = default;
};

/// Consumers that a node starts by itself.
struct consumers_spec {
  consumer_settings settings;
  uint32_t count = 1;

  friend bool operator==(const consumers_spec&,
                         const consumers_spec&) = default;
};

enum class log_format : uint8_t { text, json };
enum class log_level : uint8_t { error, warning, info, debug };

/// A whole node.
struct node_settings {
  uint32_t node_id = 1;
  std::string data_directory = "data";
  std::string listen_address = "127.0.0.1";
  /// 0: no listener.
  uint16_t listen_port = 4160;
  /// Allows an address other than loopback without TLS.
  bool insecure = false;
  log_format format = log_format::text;
  log_level level = log_level::info;
  /// How long a stop may take before what is left is cut off.
  milliseconds stop_timeout = 30s;
  uint32_t partitions_max = 100'000;
  storage_settings storage;
  topic_settings topic_defaults;
  partition_settings partition;
  coordination_settings coordination;
  cluster_settings cluster;
  tls_settings tls;
  http_settings http;
  producer_settings producer;
  std::vector<topic_spec> topics;
  std::vector<consumers_spec> consumers;

  friend bool operator==(const node_settings&, const node_settings&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, topic_settings& x) {
  return f(x.segment_bytes, x.segment_age, x.cleanup, x.retention_time,
           x.retention_bytes, x.tombstone_retention, x.record_bytes_max,
           x.index_interval_bytes, x.min_insync_replicas);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, topic_spec& x) {
  return f(x.name, x.partitions, x.settings, x.replication_factor);
}

} // namespace troupe
