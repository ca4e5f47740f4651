#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <caf/response_promise.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "runtime/connector.hpp"
#include "runtime/logger.hpp"

namespace troupe {

struct node_link_state {
  static inline constexpr const char* name = "node_link";

  /// The node as it was last reached; null: it is away.
  node_actor node;
  connector_actor reach;
  std::vector<std::string> addresses;
  /// The one of `addresses` to try next.
  size_t next = 0;
  /// Who waits for its answer, by a running number. As many as users asked:
  /// each is answered by the node or by its loss.
  std::map<uint64_t, caf::response_promise> waiting;
  uint64_t passed = 0;
  log_reporter report;
  /// Why each address was not reached, while it is not.
  std::map<std::string, std::string> refusals;
};

/// Stands for a node in a client: passes on what it is asked, and finds a node
/// again when the one it had is lost: at the first of `addresses`, all of one
/// cluster, that answers. While there is none, requests fail; those that a node
/// has not answered fail when it is lost, or begins to stop. `node`: the one
/// that was reached already, or null. `report` is told of what is reached and
/// lost; may be empty.
node_actor::behavior_type node_link(
  node_actor::stateful_pointer<node_link_state> self,
  const connector_actor& reach, const std::vector<std::string>& addresses,
  const node_actor& node, const log_reporter& report);

} // namespace troupe
