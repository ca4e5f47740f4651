#include "runtime/quorum.hpp"

#include <stdexcept>
#include <utility>

namespace troupe {

bool has_quorum() noexcept {
#ifdef TROUPE_HAS_QUORUM
  return true;
#else
  return false;
#endif
}

controller_actor spawn_quorum_controller(
  [[maybe_unused]] caf::actor_system& system,
  [[maybe_unused]] quorum_controller_config config) {
#ifdef TROUPE_HAS_QUORUM
  return system.spawn(quorum_controller, std::move(config));
#else
  throw std::logic_error("built without libraft: there are no clusters");
#endif
}

} // namespace troupe
