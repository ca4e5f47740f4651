#pragma once

#include <set>
#include <string>
#include <vector>

#include "actors/protocol/interfaces.hpp"
#include "runtime/scenario/stage.hpp"
#include "runtime/scenario/tally.hpp"

namespace troupe::scenario {

/// Reads the positions of these groups from the shards' logs, as they were
/// written, oldest first. What compaction has removed is not there.
std::vector<position_event> read_positions(stage& on, const node_actor& node,
                                           const std::set<std::string>& groups);

} // namespace troupe::scenario
