#include "runtime/load/precise_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace troupe {

namespace {

/// Each power of two is parted in this many buckets.
constexpr uint64_t parts = 64;
constexpr int parts_bits = 6;
constexpr size_t bucket_count = parts * (64 - parts_bits);

size_t bucket_of(uint64_t x) {
  auto shift =
    std::max(0, static_cast<int>(std::bit_width(x)) - parts_bits - 1);
  // Below 2 * parts the bucket is the value itself.
  return static_cast<size_t>(static_cast<uint64_t>(shift) * parts
                             + (x >> shift));
}

/// The largest value in a bucket.
uint64_t end_of(size_t bucket) {
  if (bucket < 2 * parts)
    return bucket;
  auto shift = bucket / parts - 1;
  return ((bucket % parts + parts + 1) << shift) - 1;
}

} // namespace

precise_histogram::precise_histogram() : buckets_(bucket_count) {}

void precise_histogram::add(std::chrono::nanoseconds x) {
  ++buckets_[bucket_of(static_cast<uint64_t>(std::max<int64_t>(x.count(), 0)))];
  ++count_;
}

void precise_histogram::merge(const precise_histogram& other) {
  for (size_t i = 0; i < buckets_.size(); ++i)
    buckets_[i] += other.buckets_[i];
  count_ += other.count_;
}

std::chrono::nanoseconds precise_histogram::at(double share) const {
  auto wanted = static_cast<uint64_t>(
    std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_)));
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= std::max<uint64_t>(wanted, 1))
      return std::chrono::nanoseconds{static_cast<int64_t>(end_of(i))};
  }
  return std::chrono::nanoseconds{0};
}

} // namespace troupe
