#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/scenario/company.hpp"
#include "runtime/scenario/stage.hpp"
#include "runtime/scenario/tally.hpp"

namespace troupe::scenario {

/// Reads the positions of these groups from the shards' logs, as they were
/// written, oldest first. What compaction has removed is not there. A partition
/// that changes hands is waited for a while; then there is an error.
caf::expected<std::vector<position_event>> read_positions(
  stage& on, company& players, const std::set<std::string>& groups);

/// The values in the logs of all topics of users, with their offsets; an error
/// as above.
using log_values =
  std::map<partition_name, std::set<std::pair<int64_t, std::string>>>;
caf::expected<log_values> read_values(stage& on, company& players);

} // namespace troupe::scenario
