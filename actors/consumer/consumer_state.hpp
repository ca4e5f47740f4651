#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_addr.hpp>
#include <caf/timespan.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/consumer/allowance.hpp"
#include "actors/consumer/circuit.hpp"
#include "actors/consumer/commit_plan.hpp"
#include "actors/consumer/dead_letter.hpp"
#include "actors/consumer/handler.hpp"
#include "actors/consumer/in_flight.hpp"
#include "actors/consumer/listener.hpp"
#include "actors/consumer/membership_view.hpp"
#include "actors/consumer/once_queue.hpp"
#include "actors/consumer/parked_keys.hpp"
#include "actors/protocol/clock.hpp"
#include "actors/protocol/interfaces.hpp"
#include "actors/protocol/retry.hpp"
#include "actors/protocol/serving_lease.hpp"
#include "actors/protocol/shared_timer.hpp"

namespace troupe {

struct consumer_config {
  consumer_settings settings;
  /// What people call it: 'SMSGroup-1'.
  std::string name;
  /// Unique for each spawned consumer: its member ids follow from it.
  uuid seed;
  node_actor node;
  /// From `handler_registry::make`.
  struct handler handler;
  epoch_offset epoch;
  /// Never null.
  std::shared_ptr<consumer_listener> listener =
    std::make_shared<consumer_listener>();
  /// Spawns what takes dead letters, when the first one is there. None:
  /// `settings.failures` knows none.
  std::function<producer_actor(caf::actor_system&)> spawn_letters = {};
  /// The node in whose process it lives; nil: it lives in none.
  uuid host = {};
  /// That node's: nothing is handed out while it is not fresh, since others may
  /// have taken over then. Null: as if it always were.
  std::shared_ptr<const serving_lease> lease = {};
};

/// The state of a CONSUMER. Everything that happens changes it, says which
/// partitions it is about (`stir`), then calls `work`, which does all that can
/// be done by now and sets the timer for the rest: there is one place each
/// where records are fetched, handed out and committed. What a record costs
/// does not depend on how many partitions are held.
struct consumer_state {
  static inline constexpr const char* name = "consumer";

  /// A log of parked records, which a consumer reads while it holds a partition
  /// of the topic that they are of.
  struct parked_log {
    /// Of the log itself.
    std::string topic;
    parked_keys keys;
    backoff wait;
    /// Whose keys these are; of nil: of none yet.
    topic_partition id{};
    /// It is to be looked for by its name.
    bool is_lost = true;
    /// Who serves it; null: to be located.
    partition_actor log{};
    int32_t leader_epoch = -1;
    /// Of the record before the next one, -1: unknown.
    int32_t last_epoch = -1;
    /// The request whose answer is expected, 0: none.
    uint64_t question = 0;
    /// No request before this time.
    caf::timespan ask_at{0};
    /// Where it ended when it was asked, after the newest partition came; none:
    /// it was not.
    std::optional<int64_t> target{};
    /// Partitions that are held.
    uint32_t holdings = 0;
  };

  /// A partition that is held.
  struct holding {
    topic_partition id;
    /// What a handler function gets; topic and partition stay.
    delivery message;
    in_flight feed;
    /// Distinguishes this holding from an earlier one of the same partition.
    uint64_t serial;
    /// Who serves it; null: to be located.
    partition_actor log{};
    /// The newest leader epoch that it was served under.
    int32_t leader_epoch = -1;
    /// The request to node or partition whose answer is expected, 0: none.
    uint64_t question = 0;
    /// No request before this time.
    caf::timespan fetch_at{0};
    backoff fetch_backoff;
    /// Names the hand-out whose result is expected, and when that was.
    uint64_t ticket = 0;
    caf::timespan handed_at{0};
    backoff record_backoff;
    /// Its records are dead letters that come back.
    bool is_replay = false;
    /// Which of its keys are parked; null: none ever is.
    parked_log* parked = nullptr;
    /// Nothing goes before that is known.
    bool awaits_parked = false;
    /// Failures of the record that is out which were its own.
    uint32_t failures = 0;
    /// What is posted in place of the record that is out: it was given up.
    std::optional<posting> letter{};
    /// It is on its way, or goes not before `letter_at`.
    bool is_posting = false;
    caf::timespan letter_at{0};
    /// Until then a draining partition waits for its handler.
    caf::timespan drain_until{0};
    /// It is in `ready`, `stirred`, `committable`.
    bool is_ready = false;
    bool is_stirred = false;
    bool is_committable = false;
  };

  explicit consumer_state(consumer_actor::pointer ptr);

  /// Ends the handler, however this consumer ends.
  ~consumer_state();

  // -- called by the behavior
  // ----------------------------------------------------

  void begin(consumer_config x);
  void apply(const holding_change& x);
  void beat();
  void tick();
  void on_down(const caf::actor_addr& who, const caf::error& reason);
  consumer_status status() const;
  /// What it does, for people: the most telling of its partitions counts.
  void add_activity(consumer_status& to) const;
  caf::typed_response_promise<caf::ok_atom> stop(bool keeps_partitions);

  /// Has `work` look at a partition, or at all of them.
  void stir(holding& x);
  void stir_all();

  /// Does all that can be done now.
  void work();

  // -- membership (consumer_membership.cpp)
  // ----------------------------------------

  void keep_membership();
  void find_coordinator();
  void lose_coordinator(const caf::actor_addr& who);
  void join();
  void on_join_refused(const caf::error& reason);
  void send_heartbeat();
  void on_heartbeat_failed(const coordinator_actor& whom,
                           const caf::error& reason);
  void send_revoked(const revoked_notice& x);
  /// Drops everything and joins again, later, under a new id.
  void rejoin(const std::string& reason);
  bool is_zombie(caf::timespan time) const;

  // -- partitions (consumer_partitions.cpp)
  // -------------------------------------------

  void hold(const assigned_partition& x);
  /// Whether letters come back through that topic, rather than records that
  /// this consumer was told to read.
  bool is_replay(const std::string& topic) const;
  void drop(const topic_partition& id);
  /// Ends a holding that is let go.
  void erase(holding& x);
  void drain(holding& x);
  void expire_drain(holding& x);
  void release_drained(const std::vector<holding*>& some);
  /// The holding of that serial; null: it is not held any more.
  holding* holding_of(const topic_partition& id, uint64_t serial);
  /// Who waits for this answer; null: nobody does any more.
  holding* answered(const topic_partition& id, uint64_t question);
  void fetch(holding& x);
  void locate(holding& x);
  void on_fetched(holding& x, int64_t asked, caf::timespan asked_at,
                  const fetch_result& result);
  void on_fetch_failed(holding& x, const caf::error& reason);
  void forget_log(holding& x);

  // -- handing out (consumer_handing.cpp)
  // -----------------------------------------------

  enum class progress : uint8_t { made, none, blocked };

  void keep_handler();
  void lose_handler(const caf::error& reason);
  void hand_out();
  /// Those that are committed do not wait behind who may not go yet; whether
  /// there were any.
  bool hand_out_owed(caf::timespan time);
  /// Takes out of `ready` whose turn it is; there is one.
  holding& next_in_turn();
  /// Records of one partition before the next one's turn.
  uint32_t in_a_row_max() const;
  progress hand_out_from(holding& x, caf::timespan time);
  bool claim(caf::timespan time);
  void lease();
  void deliver(holding& x);
  /// Of a partition of letters that come back: the one that is out, if it is
  /// one of this group and topic.
  std::optional<dead_letter> letter_in(const holding& x) const;
  /// It is none: it goes to nobody.
  void pass_over(holding& x);
  void call_function(holding& x);
  void ask_handler(holding& x);
  /// What the handler gets of the record that is out.
  delivery handed_as(const holding& x, uint32_t attempt);
  void on_result(const topic_partition& id, uint64_t ticket,
                 const caf::error& result);
  void settle(holding& x, const caf::error& result);
  bool has_free_hand() const;
  /// Records that are out and not with the handler: with `commit: before`.
  size_t owed_records() const;
  /// Whether the gateway is left alone; sets the timer.
  bool is_circuit_open(caf::timespan time);
  void note_gateway(const caf::error& result);
  void note_gateway_failure(std::optional<caf::timespan> wait);

  // -- giving records up (consumer_failing.cpp)
  // -----------------------------------------

  /// The record is not tried again after this failure.
  bool is_hopeless(holding& x, const caf::error& why);
  /// The next record of the partition begins without any.
  static void forget_failures(holding& x);
  /// It becomes a letter; the partition waits until that is there.
  void give_up(holding& x, const caf::error& why);
  void write_letter(holding& x, uint32_t attempts, std::string reason);
  void post_letter(holding& x);
  void on_letter_failed(holding& x, const caf::error& why);

  // -- parking keys (consumer_parking.cpp)
  // ------------------------------------------------

  bool parks() const;
  /// Hands out nothing of a partition before it is known what is parked.
  void await_parked(holding& x);
  bool is_parked(const holding& x, const record& what) const;
  /// Whether the key of the record that is out may be parked.
  bool may_park(const holding& x, const caf::error& why);
  /// The record that may go becomes a letter, for the sake of its key.
  void park(holding& x);
  void follow_parked();
  void find_parked(parked_log& p);
  void make_parked(parked_log& p);
  void on_parked_found(parked_log& p, const topic_id& topic);
  void locate_parked(parked_log& p);
  void read_parked(parked_log& p);
  void on_parked_read(parked_log& p, caf::timespan asked_at,
                      const fetch_result& result);
  void begin_parked_anew(parked_log& p);
  void on_parked_failed(parked_log& p, const caf::error& why);
  /// Whether an answer is to what was asked last.
  static bool is_answer_to(parked_log& p, uint64_t question);

  // -- commits (consumer_commit.cpp)
  // ---------------------------------------------------

  /// An entry of a commit request: which holding of the partition it is about.
  struct asked_commit {
    topic_partition id;
    uint64_t serial;
    int64_t next;
  };

  /// The entries of a commit request, in its order.
  using commit_members = std::vector<asked_commit>;

  /// Whether this partition's commit is due; sets the timer when time alone
  /// makes it so.
  bool is_commit_due(holding& x, caf::timespan time);
  void commit_if_due();
  void on_committed(const commit_members& asked, const commit_result& result);
  void on_commit_failed(const commit_members& asked, const caf::error& reason);
  /// Returns whether it has to be asked again.
  bool settle_commit(holding& x, ec outcome);
  /// What is asked now will not be answered.
  void forget_commit();

  // -- stopping (consumer_stop.cpp)
  // -----------------------------------------------------

  void proceed_stop();
  void leave();
  void quit();

  // -- time and words
  // ----------------------------------------------------------------------

  caf::timespan now() const;
  /// Whether `at` has come; sets the timer while it has not.
  bool reached(caf::timespan at);
  bool reached(caf::timespan at, caf::timespan time);
  void note(std::string problem);
  void note(const std::string& doing, const caf::error& problem);
  static std::string name_of(const holding& x);

  consumer_actor::pointer self;
  consumer_config config;
  const consumer_settings& settings;
  consumer_status counts;
  shared_timer timer;
  bool is_continuing = false;

  membership_view view;
  uint64_t joins = 0;
  coordinator_actor coordinator;
  /// The one that the present id was first told to.
  caf::actor_addr joined_with;
  bool is_finding = false;
  bool is_joining = false;
  caf::timespan find_at{0};
  caf::timespan join_at{0};
  backoff find_backoff;
  backoff join_backoff;
  /// When the last acknowledged heartbeat was sent.
  caf::timespan alive_at{0};

  std::map<topic_partition, holding> held;
  /// Those that may have a record to hand out, in turns.
  once_queue<holding, &holding::is_ready> ready;
  /// Those that something happened to since `work` looked at them.
  once_queue<holding, &holding::is_stirred> stirred;
  /// Those that may have something to commit.
  once_queue<holding, &holding::is_committable> committable;
  uint64_t holdings = 0;
  uint64_t questions = 0;

  handler_actor handler;
  bool had_handler = false;
  caf::timespan handler_at{0};
  backoff handler_backoff;
  uint64_t tickets = 0;
  /// Records that are with the handler actor, those of lost partitions too: one
  /// at a time per partition holds across owners.
  std::map<topic_partition, uint64_t> with_handler;
  /// The serial of the holding that had the last turn.
  uint64_t last_served = 0;
  uint32_t served_in_a_row = 0;
  circuit gateway{0, caf::timespan{0}};
  /// Takes dead letters; null: there was none yet.
  producer_actor letters;
  /// Topics of dead letters that are there.
  std::set<std::string> letter_topics;
  /// By the topic whose keys they are.
  std::map<std::string, parked_log> parked;
  allowance rights;
  bool is_leasing = false;
  caf::timespan lease_at{0};
  backoff lease_backoff;

  commit_plan plan;
  bool is_committing = false;
  /// A commit may be due.
  bool is_commit_wanted = false;
  /// Answers to an earlier one are not for us.
  uint64_t commit_serial = 0;
  caf::timespan commit_at{0};
  backoff commit_backoff;
  /// Since when a commit is not settled.
  std::optional<caf::timespan> unsettled_since;

  bool is_stopping = false;
  bool is_leaving = false;
  bool keeps_partitions = false;
  caf::timespan stop_until{0};
  std::vector<caf::typed_response_promise<caf::ok_atom>> stop_promises;
};

} // namespace troupe
