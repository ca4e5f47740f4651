#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include <caf/expected.hpp>
#include <caf/make_message.hpp>
#include <caf/result.hpp>
#include <caf/timespan.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/partition/producer_table.hpp"
#include "actors/partition/tail_cache.hpp"
#include "actors/partition/waiting_room.hpp"
#include "actors/protocol/clock.hpp"
#include "actors/protocol/interfaces.hpp"
#include "actors/protocol/shared_timer.hpp"
#include "actors/storage/log.hpp"
#include "actors/storage/room.hpp"

namespace troupe {

/// What a partition is made of.
struct partition_config {
  topic_partition id;
  /// 'messages-0', for people.
  std::string name;
  storage::files_ptr disk;
  /// Where its log is, relative to the data directory; created when missing.
  std::string directory;
  topic_settings topic;
  partition_settings limits;
  flusher_actor flusher;
  epoch_offset epoch;
  /// What all logs share; null: there is no bound.
  std::shared_ptr<storage::room> room;
  /// Its appends are Troupe's own: they are not refused for lack of room.
  bool is_internal = false;
};

struct partition_state {
  static inline constexpr const char* name = "partition";

  explicit partition_state(partition_actor::pointer ptr);

  /// Whoever still waits is told, however the actor ended.
  ~partition_state();

  // -- starting and stopping -------------------------------------------------

  /// Opens the log and recalls the producers in it.
  caf::error open(partition_config x);

  /// Syncs and records a clean stop; answers everybody who waits.
  caf::error close();

  // -- appending (append.cpp) ------------------------------------------------

  caf::result<append_result> append(append_request& x);

  /// Without flusher nothing becomes durable.
  void on_flusher_down(const caf::error& reason);

  // -- reading (fetch.cpp) ---------------------------------------------------

  caf::result<fetch_result> fetch(fetch_request& x);
  caf::result<offset_answer> find(const offset_query& x) const;
  epoch_end end_of(int32_t epoch) const;

  /// Answers the fetches whose time is up.
  void end_waits();

  // -- the rest --------------------------------------------------------------

  /// Takes settings changed live.
  void configure(const topic_settings& x);

  /// Moves the start of the log up to an offset.
  caf::result<delete_result> remove_before(const delete_request& x);

  /// Removes and compacts, a bounded step at a time.
  void do_upkeep();

  partition_status status() const;

  /// Holds the log as it is now, for a backup, in the directory `to`.
  caf::result<log_snapshot> snapshot(const std::string& to);

  partition_actor::pointer self;
  partition_config config;
  std::unique_ptr<storage::log> log;
  producer_table producers{1};
  tail_cache tail{0};

private:
  struct waiting_append {
    caf::typed_response_promise<append_result> promise;
    append_result answer;
    /// Answered when everything below is durable.
    int64_t up_to = 0;
  };

  struct waiting_fetch {
    caf::typed_response_promise<fetch_result> promise;
    fetch_request request;
  };

  // -- what is known of producers (recall.cpp) -------------------------------

  /// Takes the snapshot, if there is a good one, and reads on from there.
  caf::error recall_producers();

  /// Where to read on; the log's start without a snapshot that holds.
  int64_t read_snapshot();
  void write_snapshot();

  // -- appending (append.cpp) ------------------------------------------------

  /// Why no append is taken now.
  caf::error refusal() const;

  /// Whether `batch` can be appended at all.
  caf::error check(const record_batch& batch) const;

  /// Whether it is small enough for the topic as it is set now.
  caf::error check_size(const record_batch& batch) const;

  /// Appends a checked batch that is not a repetition.
  caf::expected<append_result> write(record_batch& batch);

  /// Answers now or, with acks=all, when everything below `up_to` is durable.
  caf::result<append_result> answer_append(append_result answer, enum acks acks,
                                           int64_t up_to);

  /// Has the flusher sync what is not durable yet: one job at a time, for all
  /// that wait.
  void start_sync();
  void on_synced(int64_t up_to);
  /// The log takes nothing more: tells who waits, then quits.
  void fail(const caf::error& x);
  void fail_appends(const caf::error& x);

  // -- reading (fetch.cpp) ---------------------------------------------------

  caf::expected<fetch_result> look(const fetch_request& x) const;
  void answer_fetch(waiting_fetch& x);
  void wake_readers();
  void set_timer();

  void plan_upkeep();

  /// Room for `bytes` more; `storage_full` when there is none.
  caf::error take_room(uint64_t bytes);
  /// Tells the room how large the log is, after it was opened or became
  /// smaller.
  void report_size();

  caf::timespan now() const;

  std::deque<waiting_append> appends_;
  waiting_room<waiting_fetch> readers_;
  /// Bytes appended since the log was opened: what readers wait for.
  uint64_t bytes_appended_ = 0;
  /// What the room holds the log's size to be.
  uint64_t reported_bytes_ = 0;
  /// Where the snapshot of producers stands, and bytes appended since.
  int64_t snapshot_end_ = 0;
  uint64_t bytes_since_snapshot_ = 0;
  /// Jobs at the flusher.
  uint32_t syncs_open_ = 0;
  /// Up to where somebody waits for a sync.
  int64_t sync_wanted_ = 0;
  uint64_t syncs_ = 0;
  bool is_closed_ = false;
  bool is_upkeep_planned_ = false;
  shared_timer timer_;
  /// The log takes nothing more, the actor is about to end.
  bool has_failed_ = false;
  /// What upkeep failed at last; empty when all is well.
  std::string upkeep_failure_;
};

/// PARTITION: owns one append-only log, its waiting readers and writers, and
/// what it knows of the producers. Opens the log when it starts and quits with
/// the error when that fails, or when a write or a sync fails later: nothing is
/// acknowledged then until the log is opened again, which recovers it. A full
/// disk only fails the append. An exit signal closes the log as `stop` does; a
/// killed partition recovers when it is opened again.
partition_actor::behavior_type partition(
  partition_actor::stateful_pointer<partition_state> self,
  partition_config config);

} // namespace troupe
