#include "runtime/network.hpp"

#include <chrono>

#include <caf/io/middleman.hpp>

#include "actors/protocol/registration.hpp"
#include "runtime/scheduling.hpp"

namespace troupe {

void configure_network(caf::actor_system_config& config) {
  using namespace std::chrono_literals;
  register_messages(config);
  configure_scheduling(config);
  config.load<caf::io::middleman>();
  config.set("middleman.heartbeat-interval", caf::timespan{1s});
  config.set("middleman.connection-timeout", caf::timespan{10s});
}

} // namespace troupe
