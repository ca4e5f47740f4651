#pragma once

#include "runtime/scenario/run_report_markup.hpp"
#include "tests/bench/figures.hpp"

namespace troupe::bench {

/// Draws a plot with axes, ticks, a legend, and each point's values to read
/// when the pointer is on it. Points that a logarithmic axis cannot show (0 and
/// below) are left out.
void draw_plot(scenario::markup& out, const plot& x);

} // namespace troupe::bench
