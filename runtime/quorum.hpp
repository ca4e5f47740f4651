#pragma once

#include <caf/actor_system.hpp>

#include "actors/protocol/interfaces.hpp"
#include "actors/quorum_controller/quorum_controller.hpp"
#include "actors/quorum_controller/recovery.hpp"

namespace troupe {

/// Whether this program was built with libraft: nodes can form clusters.
bool has_quorum() noexcept;

/// A controller that agrees with others. Only if `has_quorum`.
controller_actor spawn_quorum_controller(caf::actor_system& system,
                                         quorum_controller_config config);

/// `plan_recovery` and `carry_out` of recovery.hpp. Only if `has_quorum`.
caf::expected<quorum_recovery> plan_quorum_recovery(
  const storage::files_ptr& disk, const std::string& directory,
  const metadata_rules& rules, uint32_t node, const std::string& address,
  int64_t now_ms);
caf::error recover_quorum(const storage::files_ptr& disk,
                          const std::string& directory,
                          const quorum_recovery& x, int64_t now_ms);

} // namespace troupe
