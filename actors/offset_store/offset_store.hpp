#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/offset_store/shard_table.hpp"
#include "actors/protocol/clock.hpp"
#include "actors/protocol/interfaces.hpp"

namespace troupe {

/// What a shard stands on, and its bounds.
struct offset_store_config {
  /// Its number, for messages to people.
  uint32_t shard = 0;
  /// Its log: partition `shard` of `__commit_offsets`. Nobody else writes
  /// there.
  partition_actor partition;
  epoch_offset epoch;
  /// Largest batch it writes: the topic's `record_bytes_max`. A write that does
  /// not fit in one is refused, since a write is atomic.
  uint64_t batch_bytes_max = 1 * mib;
  /// Requests that wait for the replay or for the append in flight, and their
  /// bytes; above it `queue_full`.
  uint32_t waiting_max = 10'000;
  uint64_t waiting_bytes_max = 32 * mib;
  /// How long the partition may take for an answer.
  milliseconds partition_timeout = 30s;
};

/// One shard of the offset store.
///
/// At its start it replays its log; requests wait meanwhile. Afterwards
/// requests are done in the order in which they came: one append is in flight,
/// what arrives meanwhile goes into the next batch (group commit). A request is
/// answered when its records are durable and applied.
///
/// When the disk is full, nothing was written: the write fails with
/// `storage_full`, and so do all of its group's that come after it, until the
/// group writes nothing (an empty write: 'I know') or is loaded. So what is
/// written of a group is always a beginning of what it wrote, and all else goes
/// on.
///
/// When an append fails, or its outcome is unknown, or the partition ends, the
/// shard fails what waits and quits with that error, to be rebuilt from the log
/// by who spawned it. When the log holds a record that it cannot read, it stays
/// and refuses everything with an error that names shard and offset, since
/// another start would not help.
struct offset_store_state {
  static inline constexpr const char* name = "offset_store";

  explicit offset_store_state(offset_store_actor::pointer ptr);

  /// Whoever still waits is told, however the actor ended.
  ~offset_store_state();

  using load_promise = caf::typed_response_promise<group_image>;
  using write_promise = caf::typed_response_promise<caf::ok_atom>;
  using groups_promise = caf::typed_response_promise<std::vector<std::string>>;

  /// A request in its turn.
  struct operation {
    std::string group;
    std::variant<load_promise, write_promise, groups_promise> promise;
    /// What it appends; a load's record is made when its turn comes.
    std::vector<record> records;
    /// Of its records in a batch, at most.
    uint64_t bytes = 0;
  };

  // -- what the clauses do ---------------------------------------------------

  caf::result<group_image> load(const std::string& group);
  caf::result<caf::ok_atom> write(const std::string& group,
                                  const std::vector<keyed_record>& records);
  caf::result<std::vector<std::string>> groups();

  // -- the replay ------------------------------------------------------------

  void replay_from(int64_t offset, caf::timespan wait = caf::timespan{0});
  void on_chunk(int64_t offset, const fetch_result& chunk);
  caf::error apply_batch(const record_batch& batch, int64_t offset);

  // -- the appends -----------------------------------------------------------

  caf::error admit(const std::string& group, uint64_t bytes) const;
  template <class Promise>
  Promise enqueue(const std::string& group, std::vector<record> records,
                  uint64_t bytes);
  void proceed();
  std::vector<record> next_batch();
  void on_appended(const append_result& result, size_t record_count);
  void finish();
  void on_append_failed(const caf::error& reason);
  /// Nothing of what is in flight was written.
  void refuse_for_now(const caf::error& reason);

  // -- the end ---------------------------------------------------------------

  /// Answers everything with `reason`, now and later.
  void refuse(caf::error reason);
  /// Answers everything, then quits with `reason`.
  void fail(const caf::error& reason);
  void answer_all(const caf::error& in_flight_reason,
                  const caf::error& waiting_reason);
  std::string here() const;

  offset_store_actor::pointer self;
  offset_store_config config;
  shard_table table;
  int64_t log_end = 0;
  bool is_replaying = true;
  /// Why it refuses everything; none: it does not.
  caf::error refusal;
  std::deque<operation> waiting;
  uint64_t waiting_bytes = 0;
  std::vector<operation> in_flight;
  /// Groups whose writes are refused until they know; as many as there are
  /// groups that write.
  std::set<std::string> stalled;
};

/// Starts a shard.
offset_store_actor::behavior_type offset_store(
  offset_store_actor::stateful_pointer<offset_store_state> self,
  offset_store_config config);

} // namespace troupe
