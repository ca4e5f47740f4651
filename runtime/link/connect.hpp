#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "runtime/connector.hpp"
#include "runtime/link/hub.hpp"

namespace troupe::link {

struct connector_state {
  static inline constexpr const char* name = "connector";

  using promise = caf::typed_response_promise<caf::strong_actor_ptr>;

  struct address_state {
    /// The link to there; null: none.
    caf::actor link;
    /// Those who asked while it was being made.
    std::vector<promise> waiting;
    /// What to do when it cannot be made; null: it is done.
    std::function<void(const caf::error& why)> failed;
  };

  std::shared_ptr<hub> all;
  std::map<std::string, address_state> addresses;
};

/// CONNECTOR, by links: one for each address.
connector_actor::behavior_type connector(
  connector_actor::stateful_pointer<connector_state> self,
  const std::shared_ptr<hub>& all);

} // namespace troupe::link
