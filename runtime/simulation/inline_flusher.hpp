#pragma once

#include <caf/typed_event_based_actor.hpp>

#include "actors/protocol/interfaces.hpp"

namespace troupe::simulation {

/// The flusher's stand-in under a test scheduler: syncs when it handles the
/// message, on the thread that all actors share.
flusher_actor::behavior_type inline_flusher(flusher_actor::pointer self);

} // namespace troupe::simulation
