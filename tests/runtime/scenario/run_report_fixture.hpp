#pragma once

#include "runtime/scenario/run_record.hpp"

namespace troupe::scenario {

/// The shape of the day-4 run: two groups at their positions of the notes, in
/// few lines.
run_record recap_run();

/// Consumers come, crash and go on three partitions for a minute of virtual
/// time, one stays idle; one expectation fails.
run_record crowded_run();

} // namespace troupe::scenario
