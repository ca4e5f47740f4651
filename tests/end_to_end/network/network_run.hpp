#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/end_to_end/network/delivery_book.hpp"
#include "tests/end_to_end/network/fault.hpp"

namespace troupe::testing {

/// Three nodes and clients of two groups, each with a network of its own, while
/// faults are drawn from a seed.
struct network_plan {
  uint64_t seed = 1;
  std::chrono::seconds time{60};
};

/// What came of it.
struct network_findings {
  /// A line each; empty: nothing is wrong.
  std::vector<std::string> problems;
  std::map<fault_kind, int> faults;
  uint64_t connections_broken = 0;
  uint64_t acknowledged = 0;
  uint64_t handed_out = 0;
  uint64_t repeats = 0;
  uint64_t events = 0;
  /// Of repeats, by reason.
  std::map<std::string, uint64_t> reasons;
  /// By what was going on; from the run's begin.
  std::map<std::string, silence> silences;
  /// Where everything is, if there are problems.
  std::string directory;
};

/// For people: faults by kind, records, repeats, slowest fail-over.
std::string summary(const network_findings& x);

/// Plays it to its end, then judges it. Says what it does, line by line, on
/// standard error.
network_findings play(const network_plan& plan);

} // namespace troupe::testing
