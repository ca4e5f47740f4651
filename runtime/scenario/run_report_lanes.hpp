#pragma once

#include <vector>

#include "runtime/scenario/run_report_axis.hpp"

namespace troupe::scenario {

/// Draws who owned which partition when: a lane for each partition, a span for
/// each owner, a numbered mark for each rebalance, a lettered one for what was
/// done to the cluster, and the owners' colours.
/// Nothing when no partition ever had an owner.
void draw_lanes(markup& out, const group_track& group, const time_axis& axis,
                const std::vector<event_mark>& marks,
                const std::vector<event_mark>& faults);

} // namespace troupe::scenario
