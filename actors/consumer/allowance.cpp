#include "actors/consumer/allowance.hpp"

#include <algorithm>

namespace troupe {

namespace {

constexpr double leases_per_second = 20;
constexpr double lease_records_max = 256;

uint32_t lease_size(double group_rate) {
  if (!(group_rate > 0))
    return 0;
  return static_cast<uint32_t>(
    std::clamp(group_rate / leases_per_second, 1.0, lease_records_max));
}

} // namespace

allowance::allowance(double own_rate, double group_rate)
  : own_(own_rate), lease_records_(lease_size(group_rate)) {
  // nop
}

allowance::answer allowance::claim(caf::timespan now) {
  if (lease_records_ > 0) {
    if (leased_ == 0)
      return {verdict::lease, now};
    if (now < lease_ready_)
      return {verdict::wait, lease_ready_};
  }
  // The place is kept while the record waits for it, not taken at each claim.
  if (!has_own_place_) {
    own_place_ = now + own_.reserve(now, 1);
    has_own_place_ = true;
  }
  if (now < own_place_)
    return {verdict::wait, own_place_};
  has_own_place_ = false;
  if (lease_records_ > 0)
    --leased_;
  return {verdict::go, now};
}

void allowance::granted(caf::timespan ready) noexcept {
  leased_ = lease_records_;
  lease_ready_ = ready;
}

} // namespace troupe
