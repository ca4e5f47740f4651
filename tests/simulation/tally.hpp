#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace troupe::testing {

/// What a simulation has been through.
struct tally {
  uint64_t seeds = 0;
  uint64_t failed = 0;
  uint64_t steps = 0;
  uint64_t events = 0;
  uint64_t replays = 0;
  int64_t virtual_ms = 0;
  /// Faults and doings by kind.
  std::map<std::string, uint64_t> done;

  void add(const tally& x) {
    seeds += x.seeds;
    failed += x.failed;
    steps += x.steps;
    events += x.events;
    replays += x.replays;
    virtual_ms += x.virtual_ms;
    for (const auto& [what, count] : x.done)
      done[what] += count;
  }
};

} // namespace troupe::testing
