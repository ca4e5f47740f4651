#pragma once

#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include "actors/protocol/interfaces.hpp"

namespace troupe::simulation {

/// The flusher of a disk that takes its time: one sync after the other, each
/// `sync_time` long. What is written meanwhile is not durable when the power
/// goes.
flusher_actor spawn_slow_flusher(caf::actor_system& system,
                                 caf::timespan sync_time);

} // namespace troupe::simulation
