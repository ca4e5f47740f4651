#pragma once

#include <memory>

#include <caf/typed_event_based_actor.hpp>

#include "actors/protocol/interfaces.hpp"
#include "runtime/sync_times.hpp"

namespace troupe {

/// Makes files durable. Blocks while the disk works, so it is spawned detached:
/// `sys.spawn<caf::detached>(flusher, times)`. Jobs are done one after the
/// other, in the order in which they came. `times` gets how long each took; may
/// be null.
flusher_actor::behavior_type flusher(flusher_actor::pointer self,
                                     std::shared_ptr<sync_times> times);

} // namespace troupe
