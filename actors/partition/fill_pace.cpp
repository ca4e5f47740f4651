#include "actors/partition/fill_pace.hpp"

#include <algorithm>

namespace troupe {

caf::timespan fill_pace::took(caf::timespan now, uint64_t bytes) {
  if (rate_ == 0 || bytes == 0)
    return now;
  auto ns = static_cast<double>(bytes) / static_cast<double>(rate_) * 1e9;
  auto takes =
    static_cast<int64_t>(std::min(ns, static_cast<double>(wait_max.count())));
  auto latest = (now + wait_max).count();
  auto paid = paid_.load(std::memory_order_relaxed);
  auto next = paid;
  do {
    next = std::min(std::max(paid, now.count()) + takes, latest);
  } while (!paid_.compare_exchange_weak(paid, next, std::memory_order_relaxed));
  return caf::timespan{next};
}

} // namespace troupe
