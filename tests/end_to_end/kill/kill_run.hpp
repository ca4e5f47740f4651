#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "tests/checker/checker.hpp"
#include "tests/end_to_end/kill/journal.hpp"
#include "tests/end_to_end/process.hpp"

namespace troupe::testing {

/// A node is killed again and again, at moments drawn from a seed, while
/// clients use it; some of them are killed too.
struct kill_plan {
  uint64_t seed = 1;
  int kills = 20;
  /// Where data, journals and outputs go.
  std::string directory;
  std::string node_program;
  std::string client_program;
};

/// What came of it.
struct kill_findings {
  /// A line each; empty: nothing is wrong.
  std::vector<std::string> problems;
  int kills = 0;
  int client_kills = 0;
  uint64_t acknowledged = 0;
  uint64_t handed_out = 0;
  uint64_t events = 0;
};

/// Plays it to its end, then judges it.
kill_findings play(const kill_plan& plan);

} // namespace troupe::testing
