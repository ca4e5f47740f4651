#pragma once

#include <string>

#include <caf/expected.hpp>

#include "actors/consensus/entries.hpp"

namespace troupe::consensus {

/// What the data of an entry of kind `change` says. Error: `consensus_failed`.
caf::expected<configuration> read_configuration(const std::string& data);

} // namespace troupe::consensus
