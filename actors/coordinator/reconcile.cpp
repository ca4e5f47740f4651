#include "actors/coordinator/reconcile.hpp"

#include <algorithm>

namespace troupe {

reconciliation reconcile(const current_assignment& current,
                         const std::vector<topic_partition>& target,
                         int64_t target_epoch, bool is_away,
                         const give_function& give) {
  reconciliation result{current, {}, {}, {}};
  // No two owners would come of going on: what is pending counts as owned. But
  // a further revocation would replace this one: the answer that is on its way
  // would count for nothing, and the rebalance timer begin anew each time.
  if (!current.revoking.empty())
    return result;
  auto& next = result.next;
  for (const auto& [id, held] : current.assigned) {
    if (std::binary_search(target.begin(), target.end(), id))
      continue;
    next.assigned.erase(id);
    if (is_away) {
      result.released.push_back(id);
    } else {
      next.revoking.emplace(id, held);
      result.revoked.push_back(id);
    }
  }
  if (!next.revoking.empty()) {
    next.revocation_id = target_epoch;
    return result;
  }
  for (const auto& id : target)
    if (next.assigned.count(id) == 0)
      if (auto start = give(id)) {
        next.assigned.emplace(id, held_place{target_epoch, *start});
        result.added.push_back(id);
      }
  next.epoch = target_epoch;
  return result;
}

const char* state_of(const current_assignment& current,
                     const std::vector<topic_partition>& target,
                     int64_t target_epoch, bool is_away) {
  if (is_away)
    return "away";
  if (!current.revoking.empty())
    return "unrevoked";
  auto has_all =
    current.assigned.size() == target.size() && current.epoch == target_epoch;
  return has_all ? "stable" : "unreleased";
}

} // namespace troupe
