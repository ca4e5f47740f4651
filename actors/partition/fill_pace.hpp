#pragma once

#include <atomic>
#include <cstdint>

#include <caf/timespan.hpp>

namespace troupe {

/// How fast a node fills its new replicas, all of them together: each waits,
/// after what it got, for as long as that takes at the bound. Idle time earns
/// nothing. For any thread; times count from any origin, the same one at each
/// call.
class fill_pace {
public:
  /// The longest wait that is asked for, however low the bound.
  static constexpr caf::timespan wait_max =
    caf::timespan{24 * 3'600'000'000'000};

  /// 0: no bound.
  explicit fill_pace(uint64_t bytes_per_second) : rate_(bytes_per_second) {}

  /// A replica got `bytes`: when it may ask for more.
  caf::timespan took(caf::timespan now, uint64_t bytes);

private:
  const uint64_t rate_;
  /// When all that was got so far is paid for.
  std::atomic<int64_t> paid_{0};
};

} // namespace troupe
