#pragma once

#include <vector>

#include "runtime/scenario/cluster_book.hpp"
#include "runtime/scenario/poster.hpp"
#include "runtime/scenario/run_record.hpp"

namespace troupe::scenario {

/// What happened to a cluster, from what was noted of it: lanes for pictures,
/// and events with their causes.
cluster_track tell_cluster(const script& play, const cluster_book& metadata,
                           const std::vector<fault_mark>& faults,
                           const std::vector<track_span>& controllers,
                           const std::vector<posted_record>& posted);

/// The events of it: each election, and each time a node fell behind or caught
/// up, with the cause that explains it.
std::vector<cluster_event> explain(const script& play,
                                   const cluster_book& metadata,
                                   const std::vector<fault_mark>& faults,
                                   const std::vector<posted_record>& posted);

/// Adds faults and events to the lines of the run.
void add_cluster_lines(run_record& run);

} // namespace troupe::scenario
