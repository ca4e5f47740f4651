#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/cast.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "runtime/simulation/virtual_system.hpp"
#include "tests/checker/checker.hpp"
#include "tests/checker/disk_image.hpp"
#include "tests/checker/history_text.hpp"
#include "tests/dice.hpp"
#include "tests/simulation/network.hpp"
#include "tests/simulation/tally.hpp"

namespace troupe::testing {

/// How the handlers of a group behave.
struct handler_plan {
  /// Drawn for each record; 0 to 0: a function instead of an actor.
  milliseconds time_min{0};
  milliseconds time_max{0};
  /// Of a hundred records, how many fail, kill their handler, or never end.
  int fails = 0;
  int crashes = 0;
  int hangs = 0;

  bool is_actor() const noexcept {
    return time_max > 0ms;
  }
};

/// A group of the simulation.
struct group_cast {
  consumer_settings settings;
  handler_plan handlers;
  std::vector<std::string> instance_ids;
  bool is_paused = false;
  /// A reset is under way: nobody may join.
  bool is_resetting = false;
};

/// A consumer, alive or not.
struct consumer_client {
  std::string group;
  std::string name;
  std::string instance_id;
  consumer_actor handle;
  caf::actor_addr address;
  bool is_alive = true;
  bool is_stopping = false;
  /// What the checker was told: the last membership, and what it holds.
  std::string member;
  std::map<topic_partition, uint64_t> told;
  /// Where it was last told to begin.
  std::map<topic_partition, int64_t> given;
  /// What it had fetched, from `begin` to before `end`, when a node ended that
  /// left the log without it; until it fetches anew below.
  struct stale_records {
    int64_t begin = 0;
    int64_t end = 0;
  };
  std::map<topic_partition, stale_records> stale;
};

enum class node_phase : uint8_t { down, up, stopping };

/// A node on its disk, its clients, the network between them, and the checker
/// that is told what clients see. All in virtual time, each actor's turn drawn
/// from the seed. What happens to them decides who calls.
class world {
public:
  world(uint64_t seed, bool is_traced);
  ~world();

  world(const world&) = delete;
  world& operator=(const world&) = delete;

  // -- time ------------------------------------------------------------------

  /// One message of one actor, or else the next timer.
  void step();

  /// So many steps.
  void go(size_t steps);

  /// All steps of so much time.
  void pass(caf::timespan duration);

  // -- the node --------------------------------------------------------------

  void start_node();

  /// Asks it to stop; `end_node` follows when it has, or takes too long.
  void stop_node();

  /// When to start it again.
  void restart_at(int64_t ms) {
    start_at_ms_ = ms;
  }

  /// Ends it: disk and network first. What it leaves on the disk is judged.
  void end_node(checker::node_end how, const simulation::power_cut& cut = {});

  /// Starts or ends what is due by now.
  void keep_node();

  node_phase phase() const noexcept {
    return phase_;
  }

  // -- clients ---------------------------------------------------------------

  void create_topic(const std::string& name, int32_t partitions,
                    uint64_t segment_bytes);
  void grow_topic(const std::string& name, int32_t partitions);
  void delete_topic(const std::string& name);

  /// Posts values to a topic, to one partition if not -1, by the producer with
  /// these acks.
  void post(const std::string& topic, int32_t partition, uint32_t count,
            enum acks acks);

  /// Kills producers: what they have not answered has an unknown outcome.
  void crash_producers();

  void start_consumer(const std::string& group);
  void stop_consumer(consumer_client& x);
  void crash_consumer(consumer_client& x);
  void stall(consumer_client& x, caf::timespan duration);
  void pause(const std::string& group, bool is_paused);
  void reset(const std::string& group, start_rule::kind to);
  std::vector<consumer_client*> consumers_of(const std::string& group);
  std::vector<consumer_client*> living();

  // -- the end ---------------------------------------------------------------

  /// From now on nothing fails any more.
  void calm_down();

  /// Whether every group has committed all there is and has come to rest;
  /// `why`: what is missing.
  bool is_settled(std::string& why);

  /// Replays what is on the disk and compares with what the node says (I7).
  /// False: the node was busy, nothing was compared.
  bool compare_replay();

  // -- what is there ---------------------------------------------------------

  /// Tells the checker what all consumers hold now.
  void look_at_all();

  bool has_failed() const {
    return !check_.problems().empty() || !other_problems_.empty();
  }
  void fail(const std::string& problem);
  std::vector<std::string> problems() const;
  checker::checker& check() noexcept {
    return check_;
  }

  /// Tells the checker, and the trace.
  template <class Event>
  void tell(const Event& x) {
    if (is_traced_)
      note(checker::to_text(x));
    check_.on(x);
  }

  /// A line of the trace.
  void note(const std::string& line);
  bool is_traced() const noexcept {
    return is_traced_;
  }
  const std::vector<std::string>& trace() const noexcept {
    return trace_;
  }

  simulation::virtual_system sys;
  std::shared_ptr<simulation::memory_files> disk;
  dice random;
  tally counts;
  /// How long a sync takes.
  caf::timespan sync_time{0};
  node_settings settings;
  std::map<std::string, group_cast> groups;
  /// Partitions that were asked for, by topic.
  std::map<std::string, int32_t> topics;
  int topics_made = 0;
  bool is_calm = false;

private:
  friend class scripted_handlers;

  // -- consumers (world_consumers.cpp) ---------------------------------------

  line_listener make_listener();
  /// Dead ones, too: what they have sent arrives.
  consumer_client* find(const caf::actor_addr& x);
  consumer_client* find(const std::string& name);
  /// Tells the checker what has changed in what a consumer holds.
  void look_at(consumer_client& x);
  void look_at_all_but(const consumer_client& x);
  /// A node has left this log: what consumers had fetched behind its end is
  /// not in it.
  void note_stale(const checker::log_found& x);
  void forget(consumer_client& x);
  void tell_committed(consumer_client& x,
                      const std::vector<commit_entry>& asked,
                      const commit_result& answer);
  checker::place place_of(const topic_partition& id) const;
  void learn(const topic_info& x);
  caf::expected<handler> make_handler(const handler_options& options);
  /// False: the consumer has lost the partition meanwhile.
  bool begin_record(const std::string& consumer, const delivery& what);
  void end_record(const std::string& consumer, const delivery& what,
                  bool is_done);
  caf::error handle_now(const std::string& consumer, const handler_plan& plan,
                        const delivery& what);

  // -- the node (world_node.cpp) ---------------------------------------------

  cast_config make_config();
  void kill_actors();
  void judge_disk();
  /// A partition was opened again: its log may end lower, as after a kill.
  void judge_log(const checker::place& where);

  bool is_traced_;
  std::vector<std::string> trace_;
  std::vector<std::string> other_problems_;
  checker::checker check_;
  std::unique_ptr<network> net_;
  std::unique_ptr<cast> clients_cast_;
  node_actor node_;
  flusher_actor flusher_;
  node_phase phase_ = node_phase::down;
  /// The node ended by itself, or has stopped as it was asked to.
  bool is_gone_ = false;
  bool has_stopped_ = false;
  int64_t stop_until_ms_ = 0;
  std::optional<int64_t> start_at_ms_;
  uint64_t lives_ = 0;
  std::map<enum acks, producer_actor> producers_;
  std::map<std::string, std::unique_ptr<consumer_client>> consumers_;
  std::vector<caf::actor_addr> helpers_;
  std::map<topic_id, std::string> names_;
  /// Partitions that were there at least, by topic.
  std::map<std::string, int32_t> served_;
  bool is_looking_ = false;
  uint64_t posts_ = 0;
  uint64_t open_posts_ = 0;
  uint64_t consumers_made_ = 0;
};

} // namespace troupe::testing
