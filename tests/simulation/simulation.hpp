#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/tally.hpp"

namespace troupe::testing {

/// What came of one seed.
struct simulation_result {
  /// What is wrong, a line each; empty: nothing.
  std::vector<std::string> problems;
  /// What happened, when it was asked for.
  std::vector<std::string> trace;
  tally counts;
};

/// One life of a node and its clients, drawn from a seed: first everything
/// fails that can, and nothing may be lost, repeated or owned twice (I1 to I5;
/// I7 every 1,000 steps); then nothing fails any more, and everything must be
/// delivered and come to rest within a bound.
simulation_result simulate(uint64_t seed, bool is_traced = false);

/// The same of a cluster of three or five nodes, whose disks, power, processes
/// and network fail; at the end all replicas must hold the same (I6), too.
simulation_result simulate_cluster(uint64_t seed, bool is_traced = false);

} // namespace troupe::testing
