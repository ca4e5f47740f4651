#include "actors/coordinator/group_table.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace troupe {

namespace {

template <class Map, class Key>
auto lookup(const Map& xs, const Key& key) {
  auto i = xs.find(key);
  return i != xs.end() ? std::optional{i->second} : std::nullopt;
}

} // namespace

void group_table::apply(const group_record& x) {
  std::visit([this](const auto& y) { on(y); }, x);
}

const group_member* group_table::member(const uuid& id) const {
  auto i = members_.find(id);
  return i != members_.end() ? &i->second : nullptr;
}

position group_table::position_of(const topic_partition& id) const {
  return lookup(positions_, id).value_or(position{});
}

std::optional<uuid> group_table::owner_of(const topic_partition& id) const {
  return lookup(owners_, id);
}

std::optional<uuid> group_table::target_of(const topic_partition& id) const {
  return lookup(targets_, id);
}

std::vector<group_record> group_table::records() const {
  std::vector<group_record> result;
  if (header_)
    result.push_back(header_changed{*header_});
  for (const auto& [id, x] : members_) {
    result.push_back(member_changed{id, x.info});
    result.push_back(target_changed{id, x.target});
    result.push_back(current_changed{id, x.current});
  }
  for (const auto& [id, x] : positions_)
    result.push_back(position_changed{id, x});
  for (const auto& [number, x] : events_)
    result.push_back(event_changed{x});
  return result;
}

void group_table::on(const header_changed& x) {
  header_ = x.header;
}

void group_table::on(const header_removed&) {
  header_.reset();
}

void group_table::on(const member_changed& x) {
  members_[x.id].info = x.info;
}

void group_table::on(const target_changed& x) {
  auto& changed = members_[x.id];
  forget_target(x.id, changed);
  changed.target = x.target;
  for (const auto& id : x.target)
    targets_.insert_or_assign(id, x.id);
}

void group_table::on(const current_changed& x) {
  auto& changed = members_[x.id];
  forget_owned(changed);
  changed.current = x.current;
  for (const auto* part : {&x.current.assigned, &x.current.revoking})
    for (const auto& [id, held] : *part)
      if (!owners_.emplace(id, x.id).second)
        throw std::logic_error(
          fmt::format("partition {} would have two owners", to_string(id)));
}

void group_table::on(const member_removed& x) {
  auto i = members_.find(x.id);
  if (i == members_.end())
    return;
  forget_target(x.id, i->second);
  forget_owned(i->second);
  members_.erase(i);
}

void group_table::on(const position_changed& x) {
  positions_.insert_or_assign(x.id, x.content);
}

void group_table::on(const position_removed& x) {
  positions_.erase(x.id);
}

void group_table::on(const event_changed& x) {
  events_.insert_or_assign(x.event.number, x.event);
}

void group_table::on(const event_removed& x) {
  events_.erase(x.number);
}

void group_table::forget_target(const uuid& id, const group_member& x) {
  for (const auto& partition : x.target) {
    // Targets change member by member: it may be another's already.
    auto i = targets_.find(partition);
    if (i != targets_.end() && i->second == id)
      targets_.erase(i);
  }
}

void group_table::forget_owned(const group_member& x) {
  for (const auto* part : {&x.current.assigned, &x.current.revoking})
    for (const auto& [id, held] : *part)
      owners_.erase(id);
}

} // namespace troupe
