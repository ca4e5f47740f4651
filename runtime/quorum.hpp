#pragma once

#include <caf/actor_system.hpp>

#include "actors/protocol/interfaces.hpp"
#include "actors/quorum_controller/quorum_controller.hpp"

namespace troupe {

/// Whether this program was built with libraft: nodes can form clusters.
bool has_quorum() noexcept;

/// A controller that agrees with others. Only if `has_quorum`.
controller_actor spawn_quorum_controller(caf::actor_system& system,
                                         quorum_controller_config config);

} // namespace troupe
