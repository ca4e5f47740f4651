#include "runtime/network.hpp"

#include <chrono>

#include <caf/io/middleman.hpp>

#include "actors/protocol/messages.hpp"

namespace troupe {

void configure_network(caf::actor_system_config& config) {
  using namespace std::chrono_literals;
  config.add_message_types<caf::id_block::troupe>();
  config.load<caf::io::middleman>();
  config.set("middleman.heartbeat-interval", caf::timespan{1s});
  config.set("middleman.connection-timeout", caf::timespan{10s});
}

} // namespace troupe
