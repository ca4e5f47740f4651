#pragma once

#include <caf/actor_system_config.hpp>

namespace troupe {

/// Has an actor system share its work among its threads as `stealing_policy`
/// says, in place of CAF's own policy: nothing is spent while there is nothing
/// to do. Programs that embed a node may do without it.
void configure_scheduling(caf::actor_system_config& config);

} // namespace troupe
