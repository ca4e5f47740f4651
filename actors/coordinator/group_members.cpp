// How members live, give back, and go.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/coordinator/group.hpp"

namespace troupe {

namespace {

/// A day: what a member asks for more is a mistake.
constexpr caf::timespan gateway_pause_max = 24h;

bool is_same(const std::vector<held_partition>& told,
             const std::map<topic_partition, held_place>& known) {
  return told.size() == known.size()
         && std::all_of(told.begin(), told.end(),
                        [&](const auto& x) { return known.count(x.id) > 0; });
}

} // namespace

caf::expected<heartbeat_result> group::beat(const heartbeat& x, turn& t) {
  auto member = living(x.member);
  if (!member)
    return unknown(x.member);
  const auto& current = member->current;
  if (x.member_epoch > current.epoch)
    return make_error(ec::fenced_epoch,
                      fmt::format("{} is at epoch {}, its heartbeat at {}",
                                  member->info.name, current.epoch,
                                  x.member_epoch));
  restart_session(x.member, t);
  take_handed(x.member, x.owned);
  take_handed(x.member, x.draining);
  // A lower epoch is no reason to fence: a push is on its way, or was lost.
  // What the member holds beyond its state it drops when it reads it.
  auto is_unsure = unsure_.erase(x.member) > 0;
  if (is_unsure || x.member_epoch != current.epoch
      || !is_same(x.owned, current.assigned)
      || !is_same(x.draining, current.revoking))
    t.pushes.emplace_back(state_view(x.member));
  gateway_until_ =
    std::max(gateway_until_,
             t.now.steady + std::min(x.gateway_pause, gateway_pause_max));
  return heartbeat_result{
    life_, std::max(gateway_until_ - t.now.steady, caf::timespan{0})};
}

caf::error group::revoked(const revoked_notice& x, turn& t) {
  auto member = living(x.member);
  if (!member)
    return unknown(x.member);
  auto current = member->current;
  // The answer to an older revocation says nothing about this one.
  if (x.revocation_id != current.revocation_id)
    return caf::none;
  take_handed(x.member, x.released);
  std::vector<topic_partition> released;
  for (const auto& held : x.released)
    if (current.revoking.erase(held.id) > 0)
      released.push_back(held.id);
  if (released.empty())
    return caf::none;
  if (current.revoking.empty())
    timers_.erase({timer_kind::rebalance, x.member});
  change(current_changed{x.member, std::move(current)}, t);
  std::deque<uuid> work{x.member};
  for (const auto& id : released)
    release(id, member->info.name, work, t);
  reconcile(std::move(work), t);
  return caf::none;
}

void group::leave(const leave_request& x, turn& t) {
  forget_waiting(x.member, t);
  auto member = living(x.member);
  // Gone already: the answer was lost.
  if (!member)
    return;
  take_handed(x.member, x.released);
  auto name = member->info.name;
  if (x.keeps_partitions && !member->info.instance_id.empty())
    return go_away(x.member, name + " left for now and keeps its partitions",
                   t);
  drop(x.member, {}, t);
  rebalance(name + " left", t);
}

void group::exited(const uuid& id, const std::string& reason, turn& t) {
  forget_waiting(id, t);
  auto member = living(id);
  if (!member)
    return;
  auto cause = reason.empty()
                 ? member->info.name + " stopped without leaving"
                 : fmt::format("{} crashed: {}", member->info.name, reason);
  if (!member->info.instance_id.empty())
    return go_away(id, cause + "; its partitions wait for its return", t);
  drop(id, {}, t);
  rebalance(std::move(cause), t);
}

std::vector<std::string> group::drop_members_of(const std::set<uuid>& hosts,
                                                turn& t) {
  std::vector<uuid> gone;
  for (const auto& [id, member] : table_.members())
    if (!member.info.is_away && hosts.contains(member.info.host))
      gone.push_back(id);
  std::vector<std::string> result;
  for (const auto& id : gone) {
    const auto& info = table_.member(id)->info;
    if (!info.instance_id.empty()) {
      go_away(id,
              info.name
                + " was on a node that is down; its partitions "
                  "wait for its return",
              t);
      continue;
    }
    result.push_back(info.name + " was on a node that is down");
    drop(id, "is on a node that the cluster counts as down", t);
  }
  return result;
}

void group::forget_waiting(const uuid& id, turn& t) {
  auto is_waiting = [&](const join_request& x) { return x.member == id; };
  if (std::erase_if(starting_.joins, is_waiting) > 0)
    refuse(id, make_error(ec::shutting_down, "the member went meanwhile"), t);
}

void group::lost_contact(const uuid& member) {
  if (table_.member(member))
    unsure_.insert(member);
}

const group_member* group::living(const uuid& id) const {
  auto member = table_.member(id);
  return member && !member->info.is_away ? member : nullptr;
}

caf::error group::unknown(const uuid& id) const {
  return make_error(ec::unknown_member,
                    fmt::format("group '{}' has no member {}; join again",
                                name_, to_string(id)));
}

void group::drop(const uuid& id, const std::string& notice, turn& t) {
  const auto& member = *table_.member(id);
  for (const auto* part : {&member.current.assigned, &member.current.revoking})
    for (const auto& [partition, held] : *part)
      note_release(partition, member.info.name, t);
  if (!notice.empty() && !member.info.is_away)
    t.pushes.emplace_back(
      fenced_notice{life_, id, fmt::format("it {}", notice)});
  timers_.erase({timer_kind::session, id});
  timers_.erase({timer_kind::rebalance, id});
  unsure_.erase(id);
  change(member_removed{id}, t);
}

void group::go_away(const uuid& id, const std::string& cause, turn& t) {
  auto info = table_.member(id)->info;
  info.is_away = true;
  change(member_changed{id, std::move(info)}, t);
  restart_session(id, t);
  note(cause, t);
  auto work = release_revoking(id, t);
  work.push_back(id);
  reconcile(std::move(work), t);
}

std::deque<uuid> group::release_revoking(const uuid& id, turn& t) {
  std::deque<uuid> waiting;
  auto current = table_.member(id)->current;
  if (current.revoking.empty())
    return waiting;
  auto released = std::exchange(current.revoking, {});
  timers_.erase({timer_kind::rebalance, id});
  change(current_changed{id, std::move(current)}, t);
  for (const auto& [partition, held] : released)
    release(partition, table_.member(id)->info.name, waiting, t);
  return waiting;
}

void group::release(const topic_partition& id, const std::string& owner,
                    std::deque<uuid>& waiting, const turn& t) {
  note_release(id, owner, t);
  if (auto target = table_.target_of(id))
    waiting.push_back(*target);
}

void group::note_release(const topic_partition& id, const std::string& owner,
                         const turn& t) {
  if (topics_.contains(id))
    timeline_.released(id, owner, t.now.ms);
  else
    timeline_.forget(id);
}

void group::take_handed(const uuid& id,
                        const std::vector<held_partition>& held) {
  for (const auto& x : held)
    if (table_.owner_of(x.id) == id)
      timeline_.handed(x.id, x.handed_next);
}

} // namespace troupe
