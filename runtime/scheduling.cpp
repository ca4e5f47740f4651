#include "runtime/scheduling.hpp"

#include <caf/scheduler/coordinator.hpp>

#include "runtime/stealing_policy.hpp"

namespace troupe {

void configure_scheduling(caf::actor_system_config& config) {
  config.load<caf::scheduler::coordinator<stealing_policy>>();
}

} // namespace troupe
