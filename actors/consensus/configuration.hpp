#pragma once

#include <string>

#include <caf/expected.hpp>

#include "actors/consensus/entries.hpp"

namespace troupe::consensus {

/// What the data of an entry of kind `change` says. Error: `consensus_failed`.
caf::expected<configuration> read_configuration(const std::string& data);

/// Leaves member `id` without a vote when it is at another address, which is on
/// another disk; whether it is.
bool disown(configuration& members, uint64_t id, const std::string& address);

} // namespace troupe::consensus
