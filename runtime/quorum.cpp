#include "runtime/quorum.hpp"

#include <stdexcept>
#include <utility>

namespace troupe {

#ifndef TROUPE_HAS_QUORUM
namespace {

constexpr const char* no_clusters =
  "built without libraft: there are no clusters";

} // namespace
#endif

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
  throw std::logic_error(no_clusters);
#endif
}

caf::expected<quorum_recovery> plan_quorum_recovery(
  [[maybe_unused]] const storage::files_ptr& disk,
  [[maybe_unused]] const std::string& directory,
  [[maybe_unused]] const metadata_rules& rules, [[maybe_unused]] uint32_t node,
  [[maybe_unused]] const std::string& address,
  [[maybe_unused]] int64_t now_ms) {
#ifdef TROUPE_HAS_QUORUM
  return plan_recovery(disk, directory, rules, node, address, now_ms);
#else
  throw std::logic_error(no_clusters);
#endif
}

caf::error recover_quorum([[maybe_unused]] const storage::files_ptr& disk,
                          [[maybe_unused]] const std::string& directory,
                          [[maybe_unused]] const quorum_recovery& x,
                          [[maybe_unused]] int64_t now_ms) {
#ifdef TROUPE_HAS_QUORUM
  return carry_out(disk, directory, x, now_ms);
#else
  throw std::logic_error(no_clusters);
#endif
}

} // namespace troupe
