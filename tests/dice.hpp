#pragma once

#include <cstdint>
#include <random>

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

} // namespace troupe::testing
