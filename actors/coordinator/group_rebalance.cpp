// Who is to own what, and the way there.

#include <algorithm>
#include <set>
#include <utility>

#include "actors/coordinator/group.hpp"
#include "actors/coordinator/reconcile.hpp"

namespace troupe {

void group::rebalance(std::string cause, turn& t) {
  auto header = *table_.header();
  ++header.epoch;
  header.empty_since_ms = table_.members().empty() ? t.now.ms : 0;
  change(header_changed{header}, t);
  auto target = compute_target(cause);
  note(timeline_.change(
         table_, target,
         [this](const topic_id& id) { return topics_.name_of(id); },
         std::move(cause), t.now.ms),
       t);
  for (const auto& id : all_members()) {
    auto& wanted = target[id];
    if (table_.member(id)->target != wanted)
      change(target_changed{id, std::move(wanted)}, t);
  }
  if (!table_.members().empty())
    return reconcile(all_members(), t);
  // What was found out may have changed by the time that somebody comes.
  ready_.clear();
  offline_.clear();
  arm_expiry(t);
}

assignment_map group::compute_target(std::string& cause) const {
  assignor_input input;
  std::set<topic_id> topics;
  for (const auto& [id, member] : table_.members()) {
    input.members.push_back({id, member.info.name, topics_of(member.info)});
    topics.insert(input.members.back().topics.begin(),
                  input.members.back().topics.end());
    input.previous.emplace(id, member.target);
  }
  std::sort(input.members.begin(), input.members.end(),
            [](const auto& x, const auto& y) {
              return std::tie(x.name, x.id) < std::tie(y.name, y.id);
            });
  for (const auto& id : topics) {
    auto topic = topics_.find(id);
    input.topics.push_back({id, topic->name, topic->partitions()});
  }
  std::sort(input.topics.begin(), input.topics.end(),
            [](const auto& x, const auto& y) { return x.name < y.name; });
  auto result = assignors_->assign(table_.header()->rules.assignor, input);
  if (result)
    return std::move(*result);
  cause += "; " + what(result.error()) + "; 'uniform' stands in";
  return assign_uniform(input);
}

void group::reconcile(std::deque<uuid> members, turn& t) {
  // Written once, whatever the number of members that complete their moves.
  event_map completed;
  // Ends: a member is added again only for a partition that was released, and
  // nothing is assigned here that would be released here.
  while (!members.empty()) {
    auto id = members.front();
    members.pop_front();
    if (table_.member(id))
      reconcile_one(id, members, completed, t);
  }
  for (auto& [number, event] : completed)
    change(event_changed{std::move(event)}, t);
}

void group::reconcile_one(const uuid& id, std::deque<uuid>& waiting,
                          event_map& completed, turn& t) {
  const auto& member = *table_.member(id);
  auto is_away = member.info.is_away;
  auto give_free = [&](const topic_partition& x) -> std::optional<start_place> {
    if (table_.owner_of(x))
      return std::nullopt;
    if (auto i = ready_.find(x); i != ready_.end())
      return i->second;
    ask(x, t);
    return std::nullopt;
  };
  auto result = troupe::reconcile(member.current, member.target,
                                  table_.header()->epoch, is_away, give_free);
  auto is_assigned = result.has_assignment(member.current);
  if (!is_assigned && result.revoked.empty() && result.released.empty())
    return;
  change(current_changed{id, std::move(result.next)}, t);
  for (const auto& x : result.released)
    release(x, member.info.name, waiting, t);
  if (!result.revoked.empty()) {
    timers_.set({timer_kind::rebalance, id},
                t.now.steady + member.info.rebalance_timeout);
    t.pushes.emplace_back(revocation{life_, id, member.current.epoch,
                                     member.current.revocation_id,
                                     std::move(result.revoked)});
  }
  if (!is_assigned)
    return;
  assignment given{life_, id, member.current.epoch, {}};
  for (const auto& x : result.added) {
    given.added.push_back(assigned_view(x, member.current.assigned.at(x)));
    ready_.erase(x);
  }
  if (!is_away)
    t.pushes.emplace_back(std::move(given));
  note_given(id, result.added, completed, t);
}

void group::note_given(const uuid& id,
                       const std::vector<topic_partition>& added,
                       event_map& completed, const turn& t) {
  const auto& assigned = table_.member(id)->current.assigned;
  for (const auto& x : added) {
    auto number = timeline_.waiting_event(x);
    auto event = number ? table_.events().find(*number) : table_.events().end();
    auto is_kept = event != table_.events().end();
    const auto& start = assigned.at(x).start;
    auto done = timeline_.given(x, start.offset,
                                is_kept ? event->second.time_ms : 0, t.now.ms);
    if (!done || !is_kept)
      continue;
    auto& moves = completed.emplace(*number, event->second).first->second.moves;
    for (auto& move : moves)
      if (move.id == x) {
        move.without_owner_ms = done->without_owner_ms;
        move.offset = start.offset;
        move.reason = start.reason;
        move.repeated = done->repeated;
      }
  }
}

std::deque<uuid> group::all_members() const {
  std::deque<uuid> result;
  for (const auto& [id, member] : table_.members())
    result.push_back(id);
  return result;
}

std::vector<topic_id> group::topics_of(const member_info& x) const {
  std::vector<topic_id> result;
  for (const auto& name : x.topics)
    if (auto topic = topics_.find(name))
      result.push_back(topic->id);
  return result;
}

std::vector<topic_partition> group::subscribed() const {
  std::set<topic_id> topics;
  for (const auto& [id, member] : table_.members())
    for (const auto& topic : topics_of(member.info))
      topics.insert(topic);
  std::vector<topic_partition> result;
  for (const auto& id : topics)
    for (int32_t n = 0; n < topics_.find(id)->partitions(); ++n)
      result.push_back({id, n});
  return result;
}

} // namespace troupe
