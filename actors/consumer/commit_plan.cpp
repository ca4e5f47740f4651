#include "actors/consumer/commit_plan.hpp"

namespace troupe {

commit_plan::commit_plan(commit_policy policy, caf::timespan now)
  : policy_(policy), next_round_(now + policy.interval) {
  // nop
}

bool commit_plan::is_due(const commit_need& x,
                         caf::timespan now) const noexcept {
  if (x.is_draining || x.is_announced || x.is_repeat)
    return true;
  if (x.finished == 0)
    return x.is_idle;
  switch (policy_.what) {
    case commit_policy::kind::every:
      return x.finished >= policy_.count || (x.is_idle && now >= next_round_);
    case commit_policy::kind::interval:
      return now >= next_round_;
    default:
      return true;
  }
}

void commit_plan::asked(caf::timespan now) noexcept {
  if (now >= next_round_)
    next_round_ = now + policy_.interval;
}

} // namespace troupe
