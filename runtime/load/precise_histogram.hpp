#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace troupe {

/// Counts durations in buckets that are at most 1/64 of their value wide, so
/// that any number of them takes the same few KiB.
class precise_histogram {
public:
  precise_histogram();

  /// Negative durations count as 0.
  void add(std::chrono::nanoseconds x);

  void merge(const precise_histogram& other);

  uint64_t count() const noexcept {
    return count_;
  }

  /// What `share` (0 to 1) of all durations do not exceed, rounded up to the
  /// end of its bucket; 0 when there are none.
  std::chrono::nanoseconds at(double share) const;

private:
  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
};

} // namespace troupe
