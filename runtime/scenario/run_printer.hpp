#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/scenario/run_record.hpp"

/// A run of a scenario as text for a terminal, and as JSON for programs. All
/// functions are pure; what records and scenarios say is made safe to print.
namespace troupe::scenario {

struct print_options {
  /// With ANSI colours.
  bool colour = false;
  /// Columns of the terminal; what is longer is wrapped.
  int width = 80;
  /// Reads and commits in a row that are all shown; of more only the first and
  /// the last few. 0: all.
  size_t quiet_lines_max = 24;
};

/// Lines to show in place of a long timeline: `line` null stands for `left_out`
/// reads and commits.
struct shown_line {
  const run_line* line = nullptr;
  size_t left_out = 0;
};

/// Shortens each run of more than `quiet_lines_max` reads and commits.
std::vector<shown_line> shorten(const std::vector<run_line>& lines,
                                size_t quiet_lines_max);

/// One line of the timeline as it happens (real time): with its newline.
/// `group_width`: columns for the group's name.
std::string print_line(const run_line& line, int64_t begin_ms,
                       size_t group_width, const print_options& options);

/// Title, description, and everything that happened, in order.
std::string print_timeline(const run_record& run, const print_options& options);

/// Per group: its committed offsets, all of its positions, how fast its
/// consumers were, its rebalances, what was lost and delivered twice.
std::string print_tables(const run_record& run, const print_options& options);

/// Of a cluster: a strip for each node and for who led what, then what was done
/// to it and what it did; empty for a single node.
std::string print_cluster(const run_record& run, const print_options& options);

/// Each expectation: met, or with the difference.
std::string print_expectations(const run_record& run,
                               const print_options& options);

/// One line: `PASSED 12 expectations in 48 virtual seconds (35 ms)`.
std::string print_summary(const run_record& run, const print_options& options);

/// All of the above.
std::string print_run(const run_record& run, const print_options& options);

/// The whole run as one JSON object on one line; offsets that are null are
/// null, times are milliseconds since the epoch.
std::string to_json(const run_record& run);

/// Several runs as a JSON array.
std::string to_json(const std::vector<run_record>& runs);

} // namespace troupe::scenario
