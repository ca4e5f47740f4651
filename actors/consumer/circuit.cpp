#include "actors/consumer/circuit.hpp"

#include <algorithm>

namespace troupe {

circuit::circuit(uint32_t failures_max, caf::timespan pause)
  : failures_max_(failures_max), pause_(pause) {
  // nop
}

bool circuit::lets_through(caf::timespan now) const noexcept {
  return !until_ || (!is_trying_ && now >= *until_);
}

void circuit::begin() noexcept {
  is_trying_ = until_.has_value();
}

void circuit::worked() noexcept {
  failures_ = 0;
  until_.reset();
  is_trying_ = false;
  is_told_ = false;
}

void circuit::failed(caf::timespan now, std::optional<caf::timespan> wait) {
  if (failures_max_ == 0)
    return;
  ++failures_;
  if (failures_ < failures_max_ && !until_)
    return;
  // Those that were on their way when it opened say nothing new.
  if (!until_ || is_trying_ || is_told_)
    until_ = now + std::max(pause_, wait.value_or(caf::timespan{0}));
  is_trying_ = false;
  is_told_ = false;
}

void circuit::said_nothing() noexcept {
  is_trying_ = false;
}

void circuit::told(caf::timespan now, caf::timespan wait) {
  if (failures_max_ == 0 || wait <= caf::timespan{0} || is_trying_
      || (until_ && !is_told_))
    return;
  until_ = std::max(until_.value_or(now), now + wait);
  is_told_ = true;
}

caf::timespan circuit::own_pause(caf::timespan now) const noexcept {
  if (!until_ || is_told_ || is_trying_)
    return caf::timespan{0};
  return std::max(*until_ - now, caf::timespan{0});
}

std::optional<caf::timespan> circuit::opens_until() const noexcept {
  return is_trying_ ? std::nullopt : until_;
}

} // namespace troupe
