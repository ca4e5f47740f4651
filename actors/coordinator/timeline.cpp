#include "actors/coordinator/timeline.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace troupe {

namespace {

std::string name_of(const group_table& table, const uuid& id) {
  auto member = table.member(id);
  return member ? member->info.name : std::string{};
}

} // namespace

void timeline::load(const group_table& table) {
  for (const auto& [number, event] : table.events())
    opened(event);
}

void timeline::released(const topic_partition& id, const std::string& owner,
                        int64_t now_ms) {
  released_.insert_or_assign(id, last_owner{owner, now_ms, false});
}

void timeline::handed(const topic_partition& id, int64_t next) {
  if (next >= 0)
    handed_.insert_or_assign(id, next);
}

timeline_event timeline::change(
  const group_table& table, const assignment_map& target,
  const std::function<std::string(const topic_id&)>& name, std::string cause,
  int64_t now_ms) const {
  timeline_event result;
  result.number =
    table.events().empty() ? 1 : table.events().rbegin()->first + 1;
  result.time_ms = now_ms;
  result.epoch = table.header() ? table.header()->epoch : 0;
  result.cause = std::move(cause);
  std::map<topic_partition, uuid> to;
  std::set<topic_partition> all;
  for (const auto& [member, partitions] : target)
    for (const auto& id : partitions) {
      to.emplace(id, member);
      all.insert(id);
    }
  for (const auto& [id, member] : table.members())
    for (const auto* part :
         {&member.current.assigned, &member.current.revoking})
      for (const auto& [partition, held] : *part)
        all.insert(partition);
  for (const auto& [id, x] : released_)
    all.insert(id);
  size_t beyond = 0;
  for (const auto& id : all) {
    auto owner = table.owner_of(id);
    auto next = to.find(id);
    auto release = released_.find(id);
    auto stays = owner && next != to.end() && next->second == *owner;
    auto is_told = !owner && next == to.end() && release != released_.end()
                   && release->second.is_told;
    if (stays || is_told)
      continue;
    timeline_move move;
    move.id = id;
    if (owner)
      move.from = name_of(table, *owner);
    else if (release != released_.end())
      move.from = release->second.name;
    if (next != to.end())
      move.to = name_of(table, next->second);
    if (result.moves.size() == timeline_moves_max) {
      ++beyond;
      continue;
    }
    move.topic = name(id.topic);
    result.moves.push_back(std::move(move));
  }
  if (beyond > 0)
    result.cause += fmt::format(" (and {} more moves)", beyond);
  return result;
}

void timeline::opened(const timeline_event& event) {
  for (const auto& move : event.moves) {
    // The newest event that moves a partition is the one that is completed.
    if (move.without_owner_ms < 0 && !move.to.empty())
      open_.insert_or_assign(move.id, event.number);
    else
      open_.erase(move.id);
    if (auto i = released_.find(move.id); i != released_.end())
      i->second.is_told = true;
  }
}

std::optional<timeline::completion> timeline::given(const topic_partition& id,
                                                    int64_t offset,
                                                    int64_t event_ms,
                                                    int64_t now_ms) {
  auto open = open_.extract(id);
  auto release = released_.extract(id);
  auto handed = handed_.extract(id);
  if (open.empty())
    return std::nullopt;
  completion result;
  result.event = open.mapped();
  auto since = release.empty() ? event_ms : release.mapped().time_ms;
  result.without_owner_ms = std::max<int64_t>(now_ms - since, 0);
  if (!handed.empty())
    result.repeated = std::max<int64_t>(handed.mapped() - offset, 0);
  return result;
}

std::optional<int64_t> timeline::waiting_event(
  const topic_partition& id) const {
  auto i = open_.find(id);
  return i != open_.end() ? std::optional{i->second} : std::nullopt;
}

void timeline::forget(const topic_partition& id) {
  released_.erase(id);
  handed_.erase(id);
  open_.erase(id);
}

void timeline::clear() {
  released_.clear();
  handed_.clear();
  open_.clear();
}

} // namespace troupe
