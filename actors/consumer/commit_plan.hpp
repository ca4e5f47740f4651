#pragma once

#include <caf/timespan.hpp>

#include "actors/consumer/in_flight.hpp"
#include "config/settings.hpp"

namespace troupe {

/// When a consumer asks for commits, by its policy. Times are any steady
/// clock's.
class commit_plan {
public:
  explicit commit_plan(commit_policy policy = {},
                       caf::timespan now = caf::timespan{0});

  /// Whether a partition that has something to commit is to ask now. Whatever
  /// the policy: what drains, is announced or has to be repeated goes at once;
  /// a gap alone goes when the partition is idle. With `every`, what is left
  /// when there is nothing more to read goes, too, at most once an `interval`:
  /// a group that has read everything shall have no lag.
  bool is_due(const commit_need& x, caf::timespan now) const noexcept;

  /// A request left: the next round begins.
  void asked(caf::timespan now) noexcept;

  /// Whether time alone makes this commit due, at `next_round`.
  bool waits_for_round(const commit_need& x) const noexcept {
    return x.finished > 0
           && (policy_.what == commit_policy::kind::interval
               || (policy_.what == commit_policy::kind::every && x.is_idle));
  }

  caf::timespan next_round() const noexcept {
    return next_round_;
  }

private:
  commit_policy policy_;
  caf::timespan next_round_;
};

} // namespace troupe
