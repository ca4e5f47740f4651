#pragma once

#include <cstdint>

#include <caf/timespan.hpp>

namespace troupe {

/// Spreads records evenly over time, at most so many per second. Idle time
/// earns nothing: after a pause one reservation may go at once, the next one
/// waits for its time. Source: the generic cell rate algorithm (ITU-T I.371)
/// with a burst of one reservation.
class pace {
public:
  /// The longest wait that is answered; what is reserved beyond waits as long.
  static constexpr caf::timespan wait_max =
    caf::timespan{24 * 3'600'000'000'000};

  /// `records_per_second` 0, negative or not a number: no bound.
  explicit pace(double records_per_second = 0);

  /// When `count` records may go, as a wait from `now`; reserves them. `now`
  /// counts from any origin, the same one at each call.
  caf::timespan reserve(caf::timespan now, uint32_t count);

  /// Holds for what is reserved from now on; earlier reservations keep their
  /// time. Without a bound nothing waits.
  void set_rate(double records_per_second);

  /// Records per second, 0: no bound.
  double rate() const noexcept {
    return rate_;
  }

private:
  double rate_ = 0;
  /// From when on the next reservation may go.
  caf::timespan next_{0};
};

} // namespace troupe
