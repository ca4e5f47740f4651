#pragma once

#include <caf/typed_event_based_actor.hpp>

#include "actors/protocol/interfaces.hpp"

namespace troupe {

/// Makes files durable. Blocks while the disk works, so it is spawned detached:
/// `sys.spawn<caf::detached>(flusher)`. Jobs are done one after the other, in
/// the order in which they came.
flusher_actor::behavior_type flusher(flusher_actor::pointer self);

} // namespace troupe
