#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>

#include "config/scenario.hpp"

namespace troupe::testing {

/// Chance, the same for the same seed.
class dice {
public:
  explicit dice(uint64_t seed) : random_(seed) {}

  /// From `least` to `most`, both included.
  int64_t pick(int64_t least, int64_t most) {
    return least + static_cast<int64_t>(random_() % (most - least + 1));
  }

  bool chance(int percent) {
    return pick(1, 100) <= percent;
  }

private:
  std::mt19937_64 random_;
};

/// A group of a storm with rules, pace, commits, handler and failures drawn by
/// chance. It reads some of `topics`, and sometimes `later`, which is not there
/// yet.
scenario::group_spec draw_storm_group(
  dice& random, std::string name, const std::map<std::string, int32_t>& topics,
  const std::string& later);

/// How long one consumer of a group works on so many records of a topic, about.
milliseconds work_of(const scenario::group_spec& group,
                     const std::string& topic, uint32_t count);

} // namespace troupe::testing
