#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include "actors/protocol/interfaces.hpp"

namespace troupe::testing {

/// Who wants to know what passes between a consumer and its coordinator, as the
/// consumer's side sees it. Called before a message to the node leaves, and
/// before one from it is passed on.
struct line_listener {
  std::function<void(const caf::actor_addr& consumer)> on_any;
  std::function<void(const caf::actor_addr& consumer)> on_join;
  std::function<void(const caf::actor_addr& consumer)> on_joined;
  std::function<void(const caf::actor_addr& consumer, const topic_partition& id,
                     int64_t offset)>
    on_fetch;
  /// A partition was opened again within the node's life; nobody has it yet.
  std::function<void(const topic_partition& id)> on_reopened;
  std::function<void(const caf::actor_addr& consumer,
                     const std::vector<assigned_partition>& given)>
    on_given;
  std::function<void(const caf::actor_addr& consumer,
                     const std::vector<commit_entry>& asked)>
    on_commit;
  std::function<void(const caf::actor_addr& consumer,
                     const std::vector<commit_entry>& asked,
                     const commit_result& answer)>
    on_committed;
};

/// The network between clients and a node: every message between them passes
/// through an actor of its own, so that it can be cut, like a cable, and be
/// slow. What was on its way when it is cut comes never; who had a connection
/// learns that it is gone.
class network {
public:
  network(caf::actor_system& system, line_listener listener);

  ~network();

  network(const network&) = delete;
  network& operator=(const network&) = delete;

  /// What clients take for the node, in all of its lives.
  node_actor door() const noexcept;

  /// The node is reached again.
  void connect(node_actor node);

  /// Nothing passes any more.
  void cut();

  /// Holds back what passes on the lines of a consumer, for a while.
  void stall(const consumer_actor& consumer, caf::timespan duration);

  struct state;

private:
  std::shared_ptr<state> state_;
};

} // namespace troupe::testing
