#pragma once

#include <cstdint>

#include <caf/timespan.hpp>

#include "actors/protocol/pace.hpp"

namespace troupe {

/// The right to hand out a record: bounded by this consumer's own pace, and by
/// the group's, which is leased from the coordinator a few records at a time.
/// The own pace comes in lots of a hundredth of a second's records, at least
/// one: a fast consumer wakes up a hundred times a second, not for each record.
/// Times are any steady clock's.
class allowance {
public:
  /// Records per second of the consumer and of the whole group; 0: no bound.
  explicit allowance(double own_rate = 0, double group_rate = 0);

  enum class verdict : uint8_t {
    /// One record may go: its right is used up.
    go,
    /// None before `until`.
    wait,
    /// `lease_records` have to be leased from the coordinator first.
    lease,
  };

  struct answer {
    verdict what = verdict::go;
    caf::timespan until{0};
  };

  /// Asks for the right to hand out one record now.
  answer claim(caf::timespan now);

  /// Whether records ever have to wait for their right.
  bool is_bounded() const noexcept {
    return lot_records_ > 0 || lease_records_ > 0;
  }

  /// How many records to lease at once: a twentieth of a second's, at least
  /// one, so that what one member holds unused stays small.
  uint32_t lease_records() const noexcept {
    return lease_records_;
  }

  /// The coordinator granted a lease that holds from `ready` on.
  void granted(caf::timespan ready) noexcept;

private:
  pace own_;
  uint32_t lot_records_;
  /// What is left of the lot that holds from `lot_ready_` on.
  uint32_t in_lot_ = 0;
  caf::timespan lot_ready_{0};
  uint32_t lease_records_;
  uint32_t leased_ = 0;
  caf::timespan lease_ready_{0};
};

} // namespace troupe
