#pragma once

#include <string>
#include <vector>

#include "config/scenario.hpp"
#include "runtime/scenario/ledger.hpp"
#include "runtime/scenario/poster.hpp"

namespace troupe::testing {

/// What is wrong with a storm besides what it expects itself, a line each:
/// judged from all hand-outs and all acknowledged posts. A storm that is not
/// complete did not come to the point where `Audit` had read everything.
///
/// - `Audit` read each log from its begin, without gap, and each acknowledged
///   record where its acknowledgement said.
/// - In a log the records of one post stand in their order.
/// - In each partition a group gets the next record, or one that it had
///   before; it skips none.
/// - No two handlers of a group work on one partition at once.
std::vector<std::string> judge_storm(
  const scenario::script& storm,
  const std::vector<scenario::ledger_entry>& hand_outs,
  const std::vector<scenario::posted_record>& posted, bool is_complete);

} // namespace troupe::testing
