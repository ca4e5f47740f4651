#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <caf/response_promise.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/protocol/interfaces.hpp"

namespace troupe::cli {

struct node_link_state {
  static inline constexpr const char* name = "node_link";

  /// The node as it was last reached; null: it is away.
  node_actor node;
  /// Who waits for its answer, by a running number. As many as users asked:
  /// each is answered by the node or by its loss.
  std::map<uint64_t, caf::response_promise> waiting;
  uint64_t passed = 0;
};

/// Stands for a node in a client: passes on what it is asked, and finds the
/// node again at `host:port` after it was restarted. While there is none,
/// requests fail; those that it has not answered fail when it is lost.
node_actor::behavior_type node_link(
  node_actor::stateful_pointer<node_link_state> self, const node_actor& node,
  const std::string& host, uint16_t port);

} // namespace troupe::cli
