#pragma once

#include <random>

#include "tests/actors/coordinator/explore/search.hpp"

/// Walks at random through worlds far larger than those that can be searched:
/// they hold what the exploration leaves out to its word.
namespace troupe::explore {

inline bounds wide_bounds() {
  bounds result;
  change(result, "members=3 partitions=3 at_first=2 static=1 records=2 latest=1"
                 " joins=7 leaves=3 crashes=2 reloads=3 fences=3 drains=2"
                 " repeats=3 losses=2 beats=3");
  return result;
}

inline size_t draw(const std::vector<successor>& all, std::mt19937_64& random) {
  auto i = random() % all.size();
  // What nothing forces happens less often, else walks end early.
  if (all[i].rank == 0 && random() % 3 > 0)
    i = random() % all.size();
  return i;
}

} // namespace troupe::explore
