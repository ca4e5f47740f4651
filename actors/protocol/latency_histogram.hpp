#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <caf/meta/type_name.hpp>
#include <caf/timespan.hpp>

namespace troupe {

/// How long something took, each time: how often it took how long.
struct latency_histogram {
  /// The buckets' upper bounds, included, in milliseconds; what took longer is
  /// in one more.
  static constexpr std::array<double, 16> bounds_ms = {
    {0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1'000, 2'500, 5'000, 10'000,
     30'000, 60'000}};

  /// By bucket; empty: none was counted.
  std::vector<uint64_t> counts;
  caf::timespan sum{0};

  void add(caf::timespan x) {
    counts.resize(bounds_ms.size() + 1);
    auto ms = std::chrono::duration<double, std::milli>(x).count();
    auto i = std::lower_bound(bounds_ms.begin(), bounds_ms.end(), ms);
    ++counts[static_cast<size_t>(i - bounds_ms.begin())];
    sum += x;
  }
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, latency_histogram& x) {
  return f(caf::meta::type_name("latency_histogram"), x.counts, x.sum);
}

} // namespace troupe
