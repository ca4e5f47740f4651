// What members do.
#include "tests/actors/coordinator/explore/member_step.hpp"
#include "tests/actors/coordinator/explore/moves.hpp"
#include "tests/actors/coordinator/explore/normal_form.hpp"
#include "tests/actors/coordinator/explore/ranks.hpp"

namespace troupe::explore {

template <class Change>
void moves::member_step(const action& what, const budget& left, u8 rank,
                        Change change) {
  auto& next = add(*now_, left, what, rank);
  try {
    change(next.after.members[what.slot]);
  } catch (const no_room&) {
    out_.pop_back();
  }
}

bool moves::is_living(const member_id& x) const {
  const auto& y = now_->members[x.slot];
  return (y.phase == member::joining || y.phase == member::in)
         && y.number == x.number;
}

bool moves::is_quiet(u8 slot) const {
  const auto& x = now_->members[slot];
  return x.up.used == 0 && x.down.used == 0 && now_->unsent == 0;
}

/// Whether the coordinator would do anything about a heartbeat.
bool moves::beat_matters(u8 slot) const {
  const auto& x = now_->members[slot];
  const auto& group = now_->group;
  for (size_t i = 0; i < group.known.rows_used; ++i) {
    const auto& row = group.known.rows[i];
    if (row.id == member_id{slot, x.number})
      return row.is_away != 0 || has(group.unsure, i)
             || group.handles[i] == unknown_handle || row.epoch != x.epoch
             || row.assigned != x.owned || row.revoking != x.draining;
  }
  return true;
}

void moves::member_moves(u8 slot) {
  membership(slot);
  hearing(slot);
  if (now_->members[slot].phase == member::in)
    giving_up(slot);
  if (limits_.has_work)
    work(slot);
}

void moves::membership(u8 slot) {
  const auto& x = now_->members[slot];
  switch (x.phase) {
    case member::dead:
      if (left_.has(event::join))
        add(*now_, left_, {act::restart, slot, 0, 0}, rank::none)
          .after.members[slot]
          .phase = member::out;
      break;
    case member::out:
      if (left_.has(event::join) && x.up.used == 0)
        member_step({act::join, slot, 0, 0}, left_.without(event::join),
                    rank::none, [&](member& y) {
                      join(y, slot, fresh_number(*now_, slot), limits_);
                    });
      break;
    case member::joining: {
      auto is_waiting = false;
      for (size_t i = 0; i < now_->group.waiting_used; ++i)
        is_waiting =
          is_waiting || now_->group.waiting[i].id == member_id{slot, x.number};
      if (x.is_lost != 0 || (is_quiet(slot) && !is_waiting))
        member_step({act::join_again, slot, 0, 0}, left_, rank::join_again,
                    [&](member& y) {
                      join(y, slot,
                           x.is_lost > 1 ? fresh_number(*now_, slot) : u8{0},
                           limits_);
                    });
      break;
    }
    default:
      if (x.is_lost != 0 || (is_quiet(slot) && beat_matters(slot)))
        member_step({act::beat, slot, 0, 0}, left_, rank::beat,
                    [&](member& y) { beat(y, slot, limits_); });
      else if (left_.has(event::beat))
        member_step({act::beat, slot, 1, 0}, left_.without(event::beat),
                    rank::none, [&](member& y) { beat(y, slot, limits_); });
      break;
  }
}

void moves::hearing(u8 slot) {
  const auto& x = now_->members[slot];
  if (x.down.used > 0 && x.down.items[0].waits == 0)
    member_step({act::hear, slot, 0, 0}, left_, rank::hear, [&](member& y) {
      auto message = y.down.pop();
      receive(y, slot, message, limits_);
    });
  if (x.late.used > 0)
    member_step({act::hear_late, slot, 0, 0}, left_, rank::hear_late,
                [&](member& y) {
                  auto message = y.late.pop();
                  receive(y, slot, message, limits_);
                });
}

void moves::giving_up(u8 slot) {
  const auto& x = now_->members[slot];
  if (x.draining != 0) {
    if (auto which = releasable(x, slot, false, limits_); which != 0)
      member_step({act::release, slot, which, 0}, left_, rank::release,
                  [&](member& y) { release(y, slot, which, limits_); });
    auto which = releasable(x, slot, true, limits_);
    if (which != 0 && left_.has(event::drain)) {
      auto count = out_.size();
      member_step({act::expire_drain, slot, which, 0},
                  left_.without(event::drain), rank::none,
                  [&](member& y) { release(y, slot, which, limits_); });
      if (out_.size() > count)
        out_.back().after.had_fault = 1;
    }
  }
  // It leaves when it is done with what it began.
  if (!left_.has(event::leave) || x.busy != 0 || x.commit != member::no_commit
      || x.is_lost != 0)
    return;
  for (bool keeps : {false, true}) {
    if (keeps && slot >= limits_.static_members)
      continue;
    auto count = out_.size();
    member_step({keeps ? act::leave_for_now : act::leave, slot, 0, 0},
                left_.without(event::leave), rank::none,
                [&](member& y) { leave(y, slot, keeps, limits_); });
    if (out_.size() > count)
      end_actor(out_.back().after, slot);
  }
}

// -- work ---------------------------------------------------------------------

void moves::work(u8 slot) {
  const auto& x = now_->members[slot];
  if (x.phase == member::in && x.busy == 0)
    for (size_t i = 0; i < limits_.partitions; ++i)
      if (has(x.owned, i) && x.next[i] < now_->ends[i])
        hand_out(slot, i);
  if (x.busy != 0 && x.commit == member::no_commit)
    finish(slot);
  if (x.commit == member::unsent && x.is_lost == 0
      && x.commit_up.what == up_message::none)
    send_commit(
      add(*now_, left_, {act::commit, slot, 0, 0}, rank::commit).after, slot);
}

void moves::hand_out(u8 slot, size_t partition) {
  const auto& x = now_->members[slot];
  auto offset = x.next[partition];
  action what{act::hand_out, slot, static_cast<u8>(partition), 0};
  member_step(what, left_, rank::hand_out,
              [&](member& y) { start(y, slot, partition, limits_); });
  auto& fault = out_.back().fault;
  const auto& durable = table_after(*now_, 0);
  if (is_living({slot, x.number}) && find_row(durable, {slot, x.number})
      && find_row(now_->group.known, {slot, x.number})
      && durable.next[partition] > offset + 1)
    fault = "a record is handed out that is committed";
  else if (now_->had_fault == 0 && has(now_->finished[partition], offset))
    fault = "a finished record is handed out again, and nothing has failed";
}

void moves::finish(u8 slot) {
  const auto& x = now_->members[slot];
  auto partition = x.busy - 1u;
  auto offset = x.busy_offset;
  action what{act::finish, slot, static_cast<u8>(partition), 0};
  member_step(what, left_, rank::finish,
              [&](member& y) { explore::finish(y, slot, limits_); });
  auto& after = out_.back().after;
  after.finished[partition] |= bit(offset);
  if (after.members[slot].commit == member::unsent && x.is_lost == 0
      && x.commit_up.what == up_message::none)
    send_commit(after, slot);
}

void moves::send_commit(world& to, u8 slot) {
  auto& x = to.members[slot];
  x.commit = member::sent;
  x.commit_up.what = up_message::commit;
  x.commit_up.from = {slot, x.number};
  x.commit_up.epoch = x.commit_epoch;
  x.commit_up.set = bit(x.commit_place);
  x.commit_up.value = x.commit_next;
}

} // namespace troupe::explore
