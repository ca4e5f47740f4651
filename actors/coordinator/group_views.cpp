// What the group shows of itself.

#include <utility>

#include <fmt/format.h>

#include "actors/coordinator/group.hpp"
#include "actors/coordinator/reconcile.hpp"

namespace troupe {

namespace {

/// Names listed in a text before it says how many more there are.
constexpr size_t labels_max = 8;

std::vector<topic_partition> keys(
  const std::map<topic_partition, held_place>& xs) {
  std::vector<topic_partition> result;
  for (const auto& [id, x] : xs)
    result.push_back(id);
  return result;
}

} // namespace

caf::expected<group_description> group::describe() const {
  if (!table_.header())
    return make_error(ec::unknown_group, fmt::format("no group '{}'", name_));
  const auto& header = *table_.header();
  group_description result;
  result.group = name_;
  result.epoch = header.epoch;
  result.coordinator_epoch = life_;
  result.rules = header.rules;
  result.is_started = header.is_started;
  const auto& events = table_.events();
  result.events = events.empty() ? 0 : events.rbegin()->first;
  result.state = table_.members().empty() ? "empty" : "stable";
  for (const auto& [id, member] : table_.members()) {
    const auto& [info, target, current] = member;
    std::string state = state_of(current, target, header.epoch, info.is_away);
    if (state != "stable" && state != "away")
      result.state = "reconciling";
    result.members.push_back({id, info.name, info.instance_id, current.epoch,
                              std::move(state), info.topics,
                              keys(current.assigned), keys(current.revoking)});
  }
  auto shown = table_.positions();
  for (const auto& id : subscribed())
    shown.emplace(id, position{});
  for (const auto& [id, x] : shown) {
    auto owner = table_.owner_of(id);
    result.positions.push_back(
      {id, topics_.name_of(id.topic), x.next, x.start, x.reason, x.is_paused,
       x.metadata, owner ? table_.member(*owner)->info.name : std::string{}, -1,
       -1});
  }
  return result;
}

caf::expected<std::vector<timeline_event>> group::events() const {
  if (!table_.header())
    return make_error(ec::unknown_group, fmt::format("no group '{}'", name_));
  std::vector<timeline_event> result;
  for (const auto& [number, event] : table_.events())
    result.push_back(event);
  return result;
}

assigned_partition group::assigned_view(const topic_partition& id,
                                        const held_place& held) const {
  auto x = table_.position_of(id);
  auto start = held.start;
  // A commit since then is further on, and its own reason.
  if (x.next > start.offset)
    start = {x.next, x.leader_epoch, start_reason::committed};
  return {id,           topics_.name_of(id.topic),
          start.offset, start.leader_epoch,
          start.reason, x.is_paused};
}

member_state group::state_view(const uuid& id) const {
  const auto& current = table_.member(id)->current;
  member_state result;
  result.coordinator_epoch = life_;
  result.member = id;
  result.member_epoch = current.epoch;
  for (const auto& [partition, held] : current.assigned)
    result.assigned.push_back(assigned_view(partition, held));
  result.revocation_id = current.revocation_id;
  result.revoking = keys(current.revoking);
  return result;
}

std::string group::label(const topic_partition& id) const {
  return fmt::format("{}-{}", topics_.name_of(id.topic), id.partition);
}

std::string group::label(const std::vector<topic_partition>& ids) const {
  std::string result;
  for (size_t i = 0; i < ids.size() && i < labels_max; ++i)
    result += (i > 0 ? ", " : "") + label(ids[i]);
  if (ids.size() > labels_max)
    result += fmt::format(" and {} more", ids.size() - labels_max);
  return result;
}

} // namespace troupe
