#pragma once

#include <functional>

#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include "actors/protocol/interfaces.hpp"

namespace troupe::simulation {

/// The flusher of a disk that takes its time: one sync after the other, each
/// `sync_time` long. What is written meanwhile is not durable when the power
/// goes.
flusher_actor spawn_slow_flusher(caf::actor_system& system,
                                 caf::timespan sync_time);

/// The same with a time for each job, which `sync_time` is asked for when the
/// job begins: `disk->extra_sync_time(path)` of its files has what the disk in
/// memory was told to be slow at.
flusher_actor spawn_slow_flusher(
  caf::actor_system& system,
  std::function<caf::timespan(const sync_job&)> sync_time);

} // namespace troupe::simulation
