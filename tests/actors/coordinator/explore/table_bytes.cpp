// A group's table as bytes, and back.
#include "tests/actors/coordinator/explore/group_access.hpp"

namespace troupe::explore {

namespace {

constexpr int32_t leader_epoch = 1;

row read_row(const uuid& id, const group_member& x, const bounds& limits) {
  row result;
  result.id = id_of(id);
  result.is_away = x.info.is_away;
  result.epoch = static_cast<u8>(x.current.epoch);
  result.target = set_of(x.target);
  auto read = [&](const std::map<topic_partition, held_place>& places) {
    partition_set set = 0;
    for (const auto& [partition, held] : places) {
      auto i = static_cast<size_t>(partition.partition);
      set |= bit(i);
      result.held_start[i] = static_cast<u8>(held.start.offset);
      // Only commits look at it.
      if (limits.has_work)
        result.held_epoch[i] = static_cast<u8>(held.epoch);
    }
    return set;
  };
  result.assigned = read(x.current.assigned);
  result.revoking = read(x.current.revoking);
  // An answered revocation's id says nothing any more.
  if (result.revoking != 0)
    result.revocation = static_cast<u8>(x.current.revocation_id);
  return result;
}

current_assignment current_of(const row& x, const table& all) {
  current_assignment result;
  result.epoch = x.epoch;
  result.revocation_id = x.revocation;
  for (size_t i = 0; i < partitions_max; ++i) {
    auto reason =
      all.next[i] > 0 ? start_reason::committed : start_reason::stored_start;
    held_place place{x.held_epoch[i], {x.held_start[i], leader_epoch, reason}};
    if (has(x.assigned, i))
      result.assigned.emplace(partition_of(i), place);
    if (has(x.revoking, i))
      result.revoking.emplace(partition_of(i), place);
  }
  return result;
}

} // namespace

table read_table(const group_table& x, const bounds& limits) {
  table result;
  if (const auto& header = x.header()) {
    result.has_header = 1;
    result.is_started = header->is_started;
    result.epoch = static_cast<u8>(header->epoch);
    result.started_index = static_cast<u8>(header->started_index);
  }
  if (x.members().size() > rows_max)
    throw no_room{};
  for (const auto& [id, member] : x.members())
    result.rows[result.rows_used++] = read_row(id, member, limits);
  for (const auto& [id, held] : x.positions()) {
    auto i = static_cast<size_t>(id.partition);
    result.next[i] = static_cast<u8>(held.next + 1);
    result.start[i] = static_cast<u8>(held.start + 1);
  }
  return result;
}

std::vector<group_record> records_of(const table& x, const bounds& limits) {
  std::vector<group_record> result;
  if (x.has_header == 0)
    return result;
  group_header header;
  header.epoch = x.epoch;
  header.has_rules = header.is_started = x.is_started != 0;
  header.rules = request_of({}, limits).rules;
  header.started_index = x.started_index;
  header.started_ms = present().ms;
  header.empty_since_ms = x.rows_used == 0 ? present().ms : 0;
  result.push_back(header_changed{header});
  for (size_t i = 0; i < x.rows_used; ++i) {
    const auto& row = x.rows[i];
    auto id = uuid_of(row.id);
    auto says = request_of(row.id, limits);
    result.push_back(member_changed{
      id,
      {says.name, says.instance_id, says.topics, says.session_timeout,
       says.rebalance_timeout, row.is_away != 0}});
    result.push_back(target_changed{id, list_of(row.target)});
    result.push_back(current_changed{id, current_of(row, x)});
  }
  for (size_t i = 0; i < partitions_max; ++i) {
    position held;
    held.next = int64_t{x.next[i]} - 1;
    held.start = int64_t{x.start[i]} - 1;
    if (held.from() < 0)
      continue;
    held.leader_epoch = held.next >= 0 ? leader_epoch : -1;
    held.start_epoch = held.start >= 0 ? leader_epoch : -1;
    held.reason =
      held.next >= 0 ? start_reason::committed : start_reason::stored_start;
    result.push_back(position_changed{partition_of(i), held});
  }
  return result;
}

} // namespace troupe::explore
