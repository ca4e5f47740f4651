#include "actors/consumer/allowance.hpp"

#include <algorithm>

namespace troupe {

namespace {

constexpr double lots_per_second = 100;
constexpr double leases_per_second = 20;
constexpr double records_max = 256;

/// What is taken at once of `rate` records per second; 0: there is no bound.
uint32_t share_of(double rate, double per_second) {
  if (!(rate > 0))
    return 0;
  return static_cast<uint32_t>(std::clamp(rate / per_second, 1.0, records_max));
}

} // namespace

allowance::allowance(double own_rate, double group_rate)
  : own_(own_rate), lot_records_(share_of(own_rate, lots_per_second)),
    lease_records_(share_of(group_rate, leases_per_second)) {
  // nop
}

allowance::answer allowance::claim(caf::timespan now) {
  if (lease_records_ > 0) {
    if (leased_ == 0)
      return {verdict::lease, now};
    if (now < lease_ready_)
      return {verdict::wait, lease_ready_};
  }
  if (lot_records_ > 0) {
    // Its place is kept while a record waits for it, not taken at each claim.
    if (in_lot_ == 0) {
      lot_ready_ = now + own_.reserve(now, lot_records_);
      in_lot_ = lot_records_;
    }
    if (now < lot_ready_)
      return {verdict::wait, lot_ready_};
    --in_lot_;
  }
  if (lease_records_ > 0)
    --leased_;
  return {verdict::go, now};
}

void allowance::granted(caf::timespan ready) noexcept {
  leased_ = lease_records_;
  lease_ready_ = ready;
}

} // namespace troupe
