#pragma once

#include "runtime/scenario/run_record.hpp"
#include "runtime/scenario/run_report_markup.hpp"

namespace troupe::scenario {

/// Writes the section of one group: figures, pictures and tables.
void write_group(markup& out, const run_record& run, const group_track& group);

} // namespace troupe::scenario
