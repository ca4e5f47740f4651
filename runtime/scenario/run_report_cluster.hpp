#pragma once

#include "runtime/scenario/run_record.hpp"
#include "runtime/scenario/run_report_axis.hpp"
#include "runtime/scenario/run_report_markup.hpp"

namespace troupe::scenario {

/// Writes the section of the cluster: what its nodes were, who led what, and
/// what happened. Nothing for a single node.
void write_cluster(markup& out, const run_record& run);

/// What was done to processes and lines, lettered from A on, for pictures.
std::vector<event_mark> fault_marks(const cluster_track& cluster,
                                    const time_axis& axis);

/// 'A', ..., 'Z', 'AA', ...
std::string letters_of(size_t number);

} // namespace troupe::scenario
