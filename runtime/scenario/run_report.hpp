#pragma once

#include <string>
#include <vector>

#include "runtime/scenario/run_record.hpp"

/// A run of a scenario as one HTML page that needs nothing else: styles and
/// pictures (SVG) are in it, it loads nothing, it has no scripts.
namespace troupe::scenario {

/// Several runs on one page, with an overview at its top.
std::string render_report(const std::vector<run_record>& runs);

/// One run.
std::string render_report(const run_record& run);

} // namespace troupe::scenario
