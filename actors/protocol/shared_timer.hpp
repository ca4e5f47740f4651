#pragma once

#include <optional>
#include <set>

#include <caf/timespan.hpp>

namespace troupe {

/// Keeps an actor from sending itself more timer messages than it needs: any
/// number of waits share the one that is due first. Times are those of the
/// actor's clock, as `time_since_epoch`.
class shared_timer {
public:
  /// Whether a message has to be sent for `due`: false when one that is on its
  /// way comes no later. The handler of that one looks what comes next.
  bool set(caf::timespan due) {
    if (!due_.empty() && *due_.begin() <= due)
      return false;
    due_.insert(due);
    return true;
  }

  /// A timer message arrived.
  void rang(caf::timespan now) {
    due_.erase(due_.begin(), due_.upper_bound(now));
  }

  /// When the next timer message arrives.
  std::optional<caf::timespan> next() const {
    if (due_.empty())
      return std::nullopt;
    return *due_.begin();
  }

private:
  std::set<caf::timespan> due_;
};

} // namespace troupe
