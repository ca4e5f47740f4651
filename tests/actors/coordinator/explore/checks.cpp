#include "tests/actors/coordinator/explore/checks.hpp"

#include <fmt/format.h>

namespace troupe::explore {

namespace {

/// Known as a member, by what is told and by what will be.
bool is_member(const world& x, size_t slot) {
  member_id id{static_cast<u8>(slot), x.members[slot].number};
  return x.members[slot].phase == member::in && find_row(x.group.known, id)
         && find_row(table_after(x, 0), id);
}

std::string check_owners(const world& x) {
  partition_set owned = 0;
  for (size_t slot = 0; slot < slots_max; ++slot) {
    if (!is_member(x, slot))
      continue;
    partition_set mine = x.members[slot].owned | x.members[slot].draining;
    if ((owned & mine) != 0)
      return "two members own a partition (I1)";
    owned |= mine;
  }
  return {};
}

std::string check_durable(const table& before, const table& after) {
  if (before.is_started != 0
      && (after.is_started == 0 || after.started_index != before.started_index))
    return "the group has forgotten its first start";
  for (size_t i = 0; i < partitions_max; ++i) {
    if (after.next[i] < before.next[i])
      return "a committed position goes back (I2)";
    if (before.start[i] != 0 && after.start[i] != before.start[i])
      return "a stored start has changed";
  }
  return {};
}

/// Whether a member owned a partition when a record of it was handed out.
bool has_owned(const table& known, const up_message& x, size_t partition) {
  auto row = find_row(known, x.from);
  return row && has(row->assigned | row->revoking, partition)
         && x.epoch >= row->held_epoch[partition] && x.epoch <= row->epoch;
}

/// A commit that the group has taken or refused. The answer is what is judged:
/// who hears of success forgets the record, also when nothing has changed.
std::string check_commit(const world& before, const up_message& x,
                         const world& after, bool is_taken) {
  const auto& old = before.group.known;
  const auto& now = after.group.known;
  for (size_t i = 0; i < partitions_max; ++i) {
    if (now.next[i] < old.next[i])
      return "a commit went back (I2)";
    if (is_taken && has(x.set, i) && !has_owned(old, x, i))
      return "a commit was taken that the fence should have refused (I2)";
    if (now.next[i] == old.next[i])
      continue;
    if (!is_taken || !has(x.set, i))
      return "a position has moved without a commit of it";
    for (int offset = now.start[i] - 1; offset < now.next[i] - 1; ++offset)
      if (offset >= 0 && !has(after.finished[i], static_cast<size_t>(offset)))
        return "a commit passes a record that nobody has finished";
  }
  return {};
}

/// What is on its way to members rests on what is durable.
std::string check_told(const world& x) {
  const auto& durable = table_after(x, 0);
  for (const auto& member : x.members)
    for (size_t i = 0; i < member.down.used; ++i) {
      const auto& message = member.down.items[i];
      if (message.waits > 0)
        break;
      auto is_told = message.what == down_message::joined
                     || message.what == down_message::assign
                     || message.what == down_message::state;
      if (!is_told)
        continue;
      if (durable.is_started == 0)
        return "a member is told of a start that is not durable";
      for (size_t p = 0; p < partitions_max; ++p)
        if (has(message.set, p) && durable.next[p] == 0
            && durable.start[p] != message.offsets[p] + 1)
          return "a member is told of another start than the stored one";
    }
  return {};
}

std::string check_timers(const core& x) {
  for (size_t i = 0; i < x.known.rows_used; ++i)
    if ((x.known.rows[i].revoking != 0) != has(x.rebalance_timer, i))
      return "a rebalance timer without a revocation, or none for one";
  return {};
}

} // namespace

std::string check(const world& before, const successor& next) {
  const auto& after = next.after;
  auto fault = check_owners(after);
  if (fault.empty())
    fault = check_durable(table_after(before, 0), table_after(after, 0));
  if (fault.empty())
    fault = check_told(after);
  if (fault.empty())
    fault = check_timers(after.group);
  if (!fault.empty() || !next.cause || next.cause->what != input::arrival
      || next.cause->message.what != up_message::commit)
    return fault;
  return check_commit(before, next.cause->message, after, next.is_taken != 0);
}

bool is_at_rest(const world& x, const bounds& limits) {
  const auto& group = x.group;
  if (x.unsent != 0 || group.waiting_used != 0 || group.unsure != 0
      || group.asking != 0)
    return false;
  for (const auto& asked : x.inquiries)
    if (asked.what != inquiry::none)
      return false;
  partition_set owned = 0;
  for (size_t i = 0; i < group.known.rows_used; ++i) {
    const auto& row = group.known.rows[i];
    const auto& y = x.members[row.id.slot];
    if (y.phase != member::in || y.number != row.id.number
        || y.epoch != row.epoch || row.epoch != group.known.epoch
        || y.owned != row.assigned || row.assigned != row.target
        || y.draining != 0 || row.revoking != 0 || row.is_away != 0)
      return false;
    owned |= row.assigned;
  }
  for (const auto& y : x.members)
    if (y.up.used != 0 || y.down.used != 0 || y.late.used != 0
        || y.repeated.what != up_message::none
        || y.commit_up.what != up_message::none || y.busy != 0
        || y.commit != member::no_commit || y.phase == member::joining
        || (y.phase == member::in && y.is_lost != 0))
      return false;
  size_t members_in = 0;
  for (const auto& y : x.members)
    members_in += y.phase == member::in;
  if (members_in != group.known.rows_used)
    return false;
  if (members_in == 0)
    return true;
  for (size_t i = 0; i < group.partitions; ++i)
    if (!has(owned, i)
        || (limits.has_work && group.known.next[i] != x.ends[i] + 1
            && group.known.start[i] != x.ends[i] + 1))
      return false;
  return true;
}

} // namespace troupe::explore
