#pragma once

#include <chrono>
#include <cstdint>

namespace troupe {

/// How long to wait after the `failures`th failure in a row (1, 2, ...):
/// `first`, doubled for each further one, at most `largest`.
std::chrono::milliseconds backoff_after(uint32_t failures,
                                        std::chrono::milliseconds first,
                                        std::chrono::milliseconds largest);

/// Counts failures in a row and says how long to wait before the next try.
class backoff {
public:
  /// With a `jitter_seed` other than 0 each wait is drawn from its upper half,
  /// repeatably, so that many that failed together do not return together.
  backoff(std::chrono::milliseconds first, std::chrono::milliseconds largest,
          uint64_t jitter_seed = 0);

  /// One more failure: the wait before the next try.
  std::chrono::milliseconds next();

  /// It worked: the next wait is the first one again.
  void reset() noexcept {
    failures_ = 0;
  }

  /// Failures since the last success.
  uint32_t failures() const noexcept {
    return failures_;
  }

private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds largest_;
  uint64_t jitter_;
  uint32_t failures_ = 0;
};

} // namespace troupe
