#include "actors/consumer/membership_view.hpp"

#include <algorithm>

namespace troupe {

void membership_view::join(const uuid& member) {
  leave();
  member_ = member;
}

bool membership_view::admit(const join_result& x) {
  if (!hears(x.coordinator_epoch))
    return false;
  is_member_ = true;
  // A push may have overtaken the answer.
  epoch_ = std::max(epoch_, x.member_epoch);
  return true;
}

void membership_view::leave() {
  member_ = uuid{};
  is_member_ = false;
  epoch_ = 0;
  owned_.clear();
  draining_.clear();
}

bool membership_view::hears(int32_t coordinator_epoch) noexcept {
  if (coordinator_epoch < coordinator_epoch_)
    return false;
  coordinator_epoch_ = coordinator_epoch;
  return true;
}

bool membership_view::believes(const uuid& member, int32_t coordinator_epoch,
                               int64_t member_epoch) {
  if (member_.is_nil() || member != member_ || !hears(coordinator_epoch)
      || member_epoch < epoch_)
    return false;
  // Only a member is told anything: the answer to the join was lost.
  is_member_ = true;
  epoch_ = member_epoch;
  return true;
}

holding_change membership_view::assign(const assignment& x) {
  holding_change result;
  if (believes(x.member, x.coordinator_epoch, x.member_epoch))
    add(x.added, result);
  return result;
}

holding_change membership_view::revoke(const revocation& x) {
  holding_change result;
  if (believes(x.member, x.coordinator_epoch, x.member_epoch))
    revoke(x.partitions, x.revocation_id, result);
  return result;
}

holding_change membership_view::restate(const member_state& x) {
  holding_change result;
  if (!believes(x.member, x.coordinator_epoch, x.member_epoch))
    return result;
  std::set<topic_partition> stated{x.revoking.begin(), x.revoking.end()};
  for (const auto& p : x.assigned) {
    stated.insert(p.id);
    if (holds(p.id))
      result.paused.emplace_back(p.id, p.is_paused);
  }
  for (const auto& id : owned_)
    if (!stated.contains(id))
      result.dropped.push_back(id);
  for (const auto& [id, revocation] : draining_)
    if (!stated.contains(id))
      result.dropped.push_back(id);
  for (const auto& id : result.dropped)
    drop(id);
  add(x.assigned, result);
  revoke(x.revoking, x.revocation_id, result);
  return result;
}

holding_change membership_view::fence(const fenced_notice& x) {
  holding_change result;
  // No member epoch to look at: the notice ends them all.
  result.is_fenced =
    !member_.is_nil() && x.member == member_ && hears(x.coordinator_epoch);
  return result;
}

holding_change membership_view::pause(const pause_notice& x) {
  holding_change result;
  if (member_.is_nil() || x.member != member_ || !hears(x.coordinator_epoch))
    return result;
  for (const auto& id : x.partitions)
    if (holds(id))
      result.paused.emplace_back(id, x.is_paused);
  return result;
}

int64_t membership_view::release(const topic_partition& x) {
  auto node = draining_.extract(x);
  return node ? node.mapped() : 0;
}

void membership_view::drop(const topic_partition& x) {
  owned_.erase(x);
  draining_.erase(x);
}

void membership_view::add(const std::vector<assigned_partition>& xs,
                          holding_change& out) {
  for (const auto& p : xs) {
    // One that still drains is not taken up again: its release is answered
    // first, then it is assigned anew, with a fresh position.
    if (draining_.contains(p.id) || !owned_.insert(p.id).second)
      continue;
    out.added.push_back(p);
  }
}

void membership_view::revoke(const std::vector<topic_partition>& xs,
                             int64_t revocation_id, holding_change& out) {
  std::vector<held_partition> unknown;
  for (const auto& id : xs) {
    if (owned_.erase(id) > 0)
      out.draining.push_back(id);
    else if (!draining_.contains(id)) {
      unknown.push_back({id, -1});
      continue;
    }
    draining_[id] = revocation_id;
  }
  if (!unknown.empty())
    out.answer = revoked_notice{member_, revocation_id, std::move(unknown)};
}

} // namespace troupe
