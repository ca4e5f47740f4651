#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <caf/expected.hpp>
#include <caf/make_message.hpp>
#include <caf/result.hpp>
#include <caf/timespan.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/partition/fill_pace.hpp"
#include "actors/partition/producer_table.hpp"
#include "actors/partition/replication.hpp"
#include "actors/partition/replication_counters.hpp"
#include "actors/partition/tail_cache.hpp"
#include "actors/partition/waiting_room.hpp"
#include "actors/protocol/clock.hpp"
#include "actors/protocol/interfaces.hpp"
#include "actors/protocol/serving_lease.hpp"
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
  /// The node of a cluster that this replica is on; 0: a single node, and there
  /// are no replicas.
  uint32_t node_id = 0;
  /// Of that node: tells its disk from one that took its place.
  uuid directory_id = {};
  /// Finds the leader, and passes on what is for the controller.
  node_actor node = {};
  cluster_settings cluster = {};
  /// Whether this node may lead.
  std::shared_ptr<const serving_lease> lease = {};
  /// What the replicas of the node count together; null: nobody looks.
  std::shared_ptr<replication_counters> counters = {};
  /// What new replicas of the node share; null: there is no bound.
  std::shared_ptr<fill_pace> fill = {};
};

/// What this replica does.
enum class replica_part : uint8_t {
  /// All there is: of a single node.
  alone,
  /// It was not told yet, or nobody leads.
  none,
  leads,
  follows,
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
  caf::result<epoch_end> end_of(int32_t epoch) const;

  /// Answers the fetches whose time is up.
  void end_waits();

  // -- as a replica (leading.cpp, following.cpp) -----------------------------

  /// Leads or follows from now on.
  caf::result<caf::ok_atom> take_part(const replica_role& role);

  /// What another replica lacks, now or when there is some.
  caf::result<replica_records> give(const replica_fetch& x);

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

  struct waiting_replica {
    caf::typed_response_promise<replica_records> promise;
    replica_fetch request;
    caf::timespan deadline{0};
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

  /// Why this replica does not serve clients; none when it does.
  caf::error not_leading() const;

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
  /// What is below is on the disks of all that count.
  int64_t durable_end() const;
  void on_synced(int64_t up_to);
  /// The log takes nothing more: tells who waits, then quits.
  void fail(const caf::error& x);
  void fail_appends(const caf::error& x);

  // -- reading (fetch.cpp) ---------------------------------------------------

  caf::expected<fetch_result> look(const fetch_request& x) const;
  /// What is there from `offset` on, after the log said that it fits.
  caf::expected<std::vector<record_batch>> read(int64_t offset,
                                                uint64_t bytes_max) const;
  /// An error when somebody knows of a newer leader epoch than this leader's.
  caf::error is_deposed(int32_t known_epoch) const;
  /// Whether `offset` follows on a record of this epoch here, too; -1: unknown.
  fetch_status compare(int64_t offset, int32_t last_epoch,
                       int64_t& diverging_end) const;
  /// What consumers see ends here.
  int64_t high_watermark() const;
  void answer_fetch(waiting_fetch& x);
  void wake_readers();
  void set_timer();

  // -- leading (leading.cpp) -------------------------------------------------

  caf::error begin_to_lead(const replica_role& role);
  /// Clients that wait are told to look for the leader.
  void end_to_lead();
  /// The log, or what is known of the replicas, has changed: answers who waits
  /// for that, and asks for another in-sync set when it is time.
  void advance();
  void propose();
  /// A log that was opened anew may lack what was in it under this epoch: it
  /// leads under another one only.
  void resign(const partition_placement& placement);
  /// The in-sync set of what this one leads is another one than `before`.
  void count_change(size_t before) const;
  void count_given(const replica_records& x) const;
  caf::expected<replica_records> look(const replica_fetch& x) const;
  bool is_news(const replica_fetch& x, const replica_records& found) const;
  void answer_replicas(bool all);

  // -- following (following.cpp) ---------------------------------------------

  void follow();
  /// It is a new replica, which nobody relies on yet.
  bool is_being_filled() const;
  void fetch_more();
  void take(replica_records& x);
  caf::error append(const std::vector<record_batch>& batches);
  caf::error cut(int64_t diverging_end);
  caf::error begin_anew(int64_t offset);
  void follow_later(const caf::error& why);
  /// What was in memory of the log is made anew after it was cut.
  caf::error forget_tail();

  void plan_upkeep();

  /// Room for `bytes` more; `storage_full` when there is none.
  caf::error take_room(uint64_t bytes);
  /// Tells the room how large the log is, after it was opened or became
  /// smaller.
  void report_size();

  caf::timespan now() const;

  std::deque<waiting_append> appends_;
  /// Those that waited for less are answered.
  int64_t answered_end_ = 0;
  waiting_room<waiting_fetch> readers_;
  /// Bytes appended since the log was opened...
  uint64_t bytes_appended_ = 0;
  /// ... and those below the high watermark: what readers wait for.
  uint64_t bytes_visible_ = 0;
  /// What is above it: ends, and bytes appended by then.
  std::deque<std::pair<int64_t, uint64_t>> above_;
  /// What the room holds the log's size to be.
  uint64_t reported_bytes_ = 0;
  /// Where the snapshot of producers stands, and bytes appended since.
  int64_t snapshot_end_ = 0;
  uint64_t bytes_since_snapshot_ = 0;
  /// Jobs at the flusher.
  uint32_t syncs_open_ = 0;
  /// Grows when the log is cut: what a sync that began before tells is not true
  /// of what is appended then.
  uint64_t cuts_ = 0;
  /// Up to where somebody waits for a sync.
  int64_t sync_wanted_ = 0;
  uint64_t syncs_ = 0;
  uint64_t records_posted_ = 0;
  uint64_t bytes_posted_ = 0;
  uint64_t bytes_fetched_ = 0;
  bool is_closed_ = false;
  bool is_upkeep_planned_ = false;
  shared_timer timer_;
  /// The log takes nothing more, the actor is about to end.
  bool has_failed_ = false;
  /// What upkeep failed at last; empty when all is well.
  std::string upkeep_failure_;

  // -- as a replica ----------------------------------------------------------

  replica_part part_ = replica_part::alone;
  partition_placement placement_;
  /// The log's epoch when it was opened: what this replica led under already.
  int32_t opened_epoch_ = 0;
  std::optional<replication> replicas_;
  std::map<uint32_t, waiting_replica> waiting_replicas_;
  /// An in-sync set is asked for; after a refusal not before this.
  bool is_proposing_ = false;
  caf::timespan propose_after_{0};
  /// Of a follower: as its leader said.
  int64_t known_watermark_ = 0;
  partition_actor leader_;
  /// Answers to a fetch of an earlier round are not waited for any more.
  uint64_t round_ = 0;
  bool is_following_ = false;
  bool waits_for_sync_ = false;
  /// While it is being filled: not before this.
  caf::timespan fetch_after_{0};
  uint32_t follow_failures_ = 0;
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
