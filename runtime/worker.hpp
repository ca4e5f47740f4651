#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/protocol/interfaces.hpp"
#include "runtime/consumer_crew.hpp"
#include "runtime/logger.hpp"

namespace troupe {

/// WORKER: runs consumers, and nothing else, in a process of their own.
using worker_actor = caf::typed_actor<
  // The consumers that run.
  caf::replies_to<consumers_atom>::with<std::vector<consumer_status>>,
  // Has them finish what is in hand, commit and leave, then stops; `timed_out`
  // when some were cut off.
  caf::replies_to<stop_atom>::with<caf::ok_atom>,
  // Starts again what has crashed, looks how they are (from itself).
  caf::reacts_to<tick_atom>>;

struct worker_config {
  std::vector<consumers_spec> consumers;
  /// Groups whose own rules hold when they have started already; those of the
  /// settings only when not.
  std::set<std::string> joined_as_they_are;
  /// Tells this worker's consumers apart from those of others.
  std::string name;
  milliseconds stop_timeout = 30s;
  consumer_origin origin;
  /// New for every start of a process.
  uuid seed;
  logger log;
  /// The cluster, through whichever node is reached (see `node_link`).
  node_actor node;
};

struct worker_state {
  static inline constexpr const char* name = "worker";

  explicit worker_state(worker_actor::pointer ptr) : self(ptr) {}

  /// Ends all consumers: they do not outlive their worker, however it ended.
  ~worker_state();

  void start(worker_config x);
  void on_down(const caf::down_msg& msg);
  void on_tick();
  caf::result<std::vector<consumer_status>> consumers();
  caf::result<caf::ok_atom> stop();

  worker_actor::pointer self;

private:
  void start_consumer(size_t index);
  void start_consumers_of(const std::string& group);
  /// Asks for the rules of a group that is joined as it is, then starts.
  void ask_rules(const std::string& group);
  void ask_rules(const std::string& group, const coordinator_actor& whom);
  void no_rules(const std::string& group, const caf::error& why);
  /// What is new since the last look is a line in the log.
  void look();
  void look_at(const consumer_status& x);
  void look_for_topics();
  void log(log_level level, std::string_view event,
           const std::vector<log_field>& fields = {}) const;

  worker_config config_;
  consumer_crew crew_;
  uint64_t spawned_ = 0;
  std::map<caf::actor_addr, size_t> indexes_;
  /// Groups that wait for their rules, and what the log says of it.
  std::map<std::string, std::string> without_rules_;
  std::vector<std::pair<caf::actor_clock::time_point, size_t>> restarts_;
  /// As each consumer was last seen: what it holds, its last problem.
  struct sight {
    std::string holds;
    std::string problem;
  };
  std::map<std::string, sight> seen_;
  /// What is read and was not found yet, and what the log says of it.
  std::map<std::string, std::string> unseen_topics_;
  std::optional<caf::actor_clock::time_point> look_due_;
  std::vector<caf::typed_response_promise<caf::ok_atom>> stop_waiters_;
};

/// Behavior of a worker.
worker_actor::behavior_type worker(
  worker_actor::stateful_pointer<worker_state> self, worker_config config);

} // namespace troupe
