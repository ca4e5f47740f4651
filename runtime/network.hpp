#pragma once

#include <caf/actor_system_config.hpp>

namespace troupe {

/// Sets up an actor system that talks to others by CAF's own protocol: message
/// types, scheduling, the middleman, and bounds on how long a silent peer is
/// believed in.
void configure_network(caf::actor_system_config& config);

} // namespace troupe
