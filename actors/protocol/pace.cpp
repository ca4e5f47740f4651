#include "actors/protocol/pace.hpp"

#include <algorithm>

namespace troupe {

pace::pace(double records_per_second) {
  set_rate(records_per_second);
}

caf::timespan pace::reserve(caf::timespan now, uint32_t count) {
  if (rate_ == 0 || count == 0)
    return caf::timespan{0};
  auto begin = std::max(now, next_);
  // The minimum keeps a tiny rate from running over the range of a timespan.
  auto taken_ns =
    std::min(count / rate_ * 1e9, static_cast<double>(wait_max.count()));
  next_ = std::min(begin + caf::timespan{static_cast<int64_t>(taken_ns)},
                   now + wait_max);
  return begin - now;
}

void pace::set_rate(double records_per_second) {
  // Written so that a NaN is 'no bound', too.
  rate_ = records_per_second > 0 ? records_per_second : 0;
  if (rate_ == 0)
    next_ = caf::timespan{0};
}

} // namespace troupe
