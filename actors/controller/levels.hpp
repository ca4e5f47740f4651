#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "actors/controller/metadata.hpp"
#include "actors/protocol/feature_level.hpp"

/// Which feature level a cluster is at, and who may be in it.
namespace troupe {

/// 'level 1', 'levels 1 to 3'.
std::string to_string(const level_range& x);

/// Why a program of those levels cannot go by `level`, with what to do.
/// Error: `unsupported_version`.
caf::error check_level(const level_range& x, uint32_t level);

/// Whether a node may be one of this cluster. Error: `unsupported_version`.
caf::error check_registration(const metadata& x, const node_info& about);

/// A cluster that is being formed settles on the level that all its nodes
/// support, once there are as many as are `expected`. None: it is not time, or
/// it has one.
std::vector<command> plan_first_level(const metadata& x, uint32_t expected);

/// Raises the level to `wanted`, 0: to the newest that a node supports. None:
/// it is there already. Errors: `not_available` when nodes do not support it
/// (names them), `invalid_argument` when it would go down.
caf::expected<std::vector<command>> plan_upgrade(const metadata& x,
                                                 uint32_t wanted);

} // namespace troupe
