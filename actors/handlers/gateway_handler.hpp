#pragma once

#include <memory>

#include <caf/typed_event_based_actor.hpp>

#include "actors/handlers/gateway.hpp"
#include "actors/handlers/sender.hpp"

namespace troupe {

/// HANDLER that sends each record through a gateway. Keeps nothing: what is on
/// its way when it ends may or may not arrive.
handler_actor::behavior_type gateway_handler(handler_actor::pointer self,
                                             gateway_actor gateway,
                                             const sender& how);

} // namespace troupe
