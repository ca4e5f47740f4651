#pragma once

#include <cstddef>

#include <caf/actor_system.hpp>

#include "actors/handlers/gateway.hpp"

namespace troupe {

/// Requests on their way in a process: each keeps a connection open.
inline constexpr size_t gateway_requests_max = 10'000;

/// GATEWAY of a process, by libcurl. Ends when nobody knows it any more.
gateway_actor spawn_curl_gateway(caf::actor_system& system,
                                 size_t requests_max = gateway_requests_max);

} // namespace troupe
