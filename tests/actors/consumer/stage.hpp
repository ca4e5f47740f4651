#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/consumer/consumer.hpp"
#include "runtime/simulation/virtual_system.hpp"

/// A consumer's surroundings, scripted: one node, one coordinator, partitions
/// over vectors of batches, a handler. Everything that the consumer says is
/// written down; everything that it is told is said by the test.
namespace troupe::stage {

using namespace std::chrono_literals;

/// Partition `n` of the topic 'messages'.
topic_partition part(int32_t n);

/// The one of 'messages.SMSGroup.parked'.
topic_partition parked_part();

/// The log of a partition, without a disk.
struct log {
  topic_partition id;
  std::vector<record_batch> batches;
  int64_t start = 0;
  int64_t end = 0;
  int32_t epoch = 0;
  /// What every fetch is answered with, if set.
  std::function<caf::expected<fetch_result>(const fetch_request&)> override;
  std::vector<fetch_request> fetches;
  uint32_t bytes_served = 0;

  using waiting = caf::typed_response_promise<fetch_result>;
  std::vector<std::pair<fetch_request, waiting>> waiters;

  /// Appends one batch of `count` records with values 'v<offset>'.
  void append(int count, int16_t attributes = 0);
  void append_records(const std::vector<record>& records,
                      int16_t attributes = 0);

  /// Leaves only records whose offset `keeps` holds for, as compaction does.
  void compact(const std::function<bool(int64_t)>& keeps);

  /// Cuts all from `offset` on and begins a new epoch.
  void cut(int64_t offset);

  fetch_result read(const fetch_request& x) const;
};

partition_actor::behavior_type partition(partition_actor::pointer self, log* x);

/// What the coordinator hears, and what it answers.
struct group {
  int32_t coordinator_epoch = 1;
  /// What heartbeats are told of the group's gateway.
  caf::timespan gateway_pause{0};
  int64_t member_epoch = 1;

  std::vector<join_request> joins;
  consumer_actor member;
  std::vector<heartbeat> beats;
  std::vector<revoked_notice> revoked;
  std::vector<leave_request> leaves;
  std::vector<commit_request> commits;
  std::vector<uint32_t> leases;
  /// What was told, in order: 'join', 'commit 0:5', 'revoked 0', 'leave'.
  std::vector<std::string> heard;

  /// Errors answered instead, none: all is well.
  caf::error join_error;
  caf::error beat_error;
  caf::error commit_error;
  /// No answer at all.
  bool ignores_joins = false;
  bool ignores_beats = false;
  bool ignores_commits = false;
  /// Answers commits when `theatre::answer_commits` is called.
  bool holds_commits = false;
  std::function<ec(const commit_entry&)> outcome;
  pace rate;

  /// The member was fenced: its commits are refused until it joins again.
  bool is_out = false;

  /// Assigned as soon as a member has joined.
  std::vector<assigned_partition> first;

  /// Accepted positions, and whether each commit was above the one before.
  std::map<topic_partition, int64_t> committed;
  bool went_back = false;

  std::vector<
    std::pair<commit_request, caf::typed_response_promise<commit_result>>>
    held_commits;

  uuid id() const {
    return joins.back().member;
  }

  commit_result accept(const commit_request& x);
  void answer_commits();
};

coordinator_actor::behavior_type coordinator(coordinator_actor::pointer self,
                                             group* x);

/// What the node answers.
struct directory {
  std::map<topic_partition, partition_actor> partitions;
  coordinator_actor coordinator;
  int group_requests = 0;
  /// Topics that were made; an error answered instead, none: all is well.
  std::vector<std::string> created;
  std::vector<topic_settings> created_settings;
  /// Topics that can be found by their name; others are unknown.
  std::map<std::string, topic_id> topics;
  caf::error create_error;
};

node_actor::behavior_type node(node_actor::pointer self, directory* x);

/// What was posted, by a producer that answers at once.
struct letter_box {
  std::vector<posting> got;
  /// Where one stands by then; none: as many as were there before.
  std::function<int64_t(const posting&)> place;
  /// Answered instead, none: all is well.
  caf::error error;
  int producers = 0;
};

producer_actor::behavior_type letter_producer(producer_actor::pointer self,
                                              letter_box* x);

/// A handler's records, and how it deals with them.
struct work {
  std::vector<delivery> got;
  /// When each one came, milliseconds since the first moment of the run.
  std::vector<int64_t> at_ms;
  /// Decides a result; none: done.
  std::function<caf::error(const delivery&)> decide;
  /// The handler actor answers after this long.
  caf::timespan takes{0};
  /// The handler actor keeps its records until `theatre::finish`.
  bool holds = false;
  /// The handler actor dies at this record of 'got' (1, 2, ...); 0: never.
  size_t dies_at = 0;

  size_t with_it = 0;
  size_t with_it_max = 0;
  std::map<topic_partition, int> per_partition;
  bool overlapped = false;
  int spawned = 0;
  handler_actor actor;

  std::vector<int64_t> offsets(int32_t n) const;
};

/// Lets handlers wait: for a time, or until the test says so. A promise is kept
/// by the actor that got the request, so the test cannot keep it itself.
struct gate_state {
  static inline constexpr const char* name = "gate";
  std::deque<caf::response_promise> timed;
  std::deque<caf::response_promise> held;
};

caf::behavior gate(caf::stateful_actor<gate_state>* self);

class theatre;

handler_actor::behavior_type scripted_handler(handler_actor::pointer self,
                                              theatre* play);

/// The whole stage; the actors end before what they write to.
class theatre {
public:
  explicit theatre(uint64_t seed = 0, int32_t partitions = 1);
  ~theatre();

  /// Starts the consumer with a handler function, or with a handler actor.
  void start();
  void start_actor();

  void post(int32_t n, int count);
  void post_records(int32_t n, const std::vector<record>& records);

  /// What is posted to `<topic>.parked` stands in `parked`: that topic can be
  /// made, and is there when `is_there`.
  void keep_parked(bool is_there = false);
  void restart_parked();
  /// Puts a record there, as whoever brings letters back.
  void post_parked(const record& x);

  /// Pushes, as the coordinator.
  void assign(std::vector<assigned_partition> xs);
  void revoke(std::vector<int32_t> ns, int64_t revocation_id);
  void fence();
  void pause(int32_t n, bool is_paused);

  /// The handler actor answers the oldest record that it holds.
  void finish(caf::error x = caf::none);

  /// The coordinator answers the commits that it holds.
  void answer_commits();

  /// Ends the coordinator; `restart_coordinator` also begins the next one.
  void kill_coordinator();
  void restart_coordinator();
  void restart_partition(int32_t n);
  void kill_consumer();

  consumer_status status();
  int64_t elapsed_ms();

  static assigned_partition from(int32_t n, int64_t offset,
                                 start_reason why = start_reason::committed);

  consumer_settings settings;
  std::map<int32_t, log> logs;
  log parked;
  group team;
  directory signs;
  work hand;
  letter_box letters;
  std::shared_ptr<consumer_listener> listener =
    std::make_shared<consumer_listener>();
  int64_t begin_ms = 0;
  simulation::virtual_system sys;
  node_actor door;
  caf::actor waiting_room;
  consumer_actor member;

private:
  void begin(handler how);
};

} // namespace troupe::stage
