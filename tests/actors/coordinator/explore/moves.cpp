// What happens around the group, and what fails.
#include "tests/actors/coordinator/explore/moves.hpp"

#include <algorithm>

#include "tests/actors/coordinator/explore/idle.hpp"
#include "tests/actors/coordinator/explore/member_step.hpp"
#include "tests/actors/coordinator/explore/ranks.hpp"

namespace troupe::explore {

namespace {

/// What a member loses with the coordinator, or with the way to it.
void lose_coordinator(member& x, u8 is_lost) {
  x.up.clear();
  x.commit_up = {};
  x.repeated = {};
  if (x.commit == member::sent)
    x.commit = member::unsent;
  if (x.phase == member::joining || x.phase == member::in)
    x.is_lost = std::max(x.is_lost, is_lost);
}

} // namespace

const std::vector<successor>& moves::of(const world& x, const budget& left) {
  now_ = &x;
  left_ = left;
  out_.clear();
  make_durable();
  answer();
  for (u8 slot = 0; slot < limits_.members; ++slot) {
    coordinator(slot);
    member_moves(slot);
    faults(slot);
  }
  rows();
  around();
  reload();
  for (auto& y : out_)
    if (y.fault.empty()) {
      drop_idle(y.after);
      answer_early(y.after, limits_);
    }
  return out_;
}

successor& moves::add(const world& after, const budget& left,
                      const action& what, u8 rank) {
  return out_.emplace_back(successor{after, left, what, {}, 0, rank, {}});
}

void moves::end_actor(world& to, u8 slot) {
  auto& x = to.group;
  for (size_t i = 0; i < x.known.rows_used; ++i)
    if (x.known.rows[i].id.slot == slot && x.handles[i] == live_handle)
      x.handles[i] = dead_handle;
  for (size_t i = 0; i < x.waiting_used; ++i)
    if (x.waiting[i].id.slot == slot && x.waiting[i].handle == live_handle)
      x.waiting[i].handle = dead_handle;
  // What comes to it from now on finds nobody.
  auto& member = to.members[slot];
  member.repeated = {};
  member.down.clear();
  member.late.clear();
}

void moves::around() {
  for (u8 i = 0; limits_.starts_latest && i < now_->group.partitions; ++i)
    if (now_->ends[i] < limits_.records)
      ++add(*now_, left_, {act::post, 0, i, 0}, rank::none).after.ends[i];
  if (now_->group.partitions < limits_.partitions) {
    auto base = *now_;
    if (!limits_.starts_latest)
      base.ends[base.group.partitions] = static_cast<u8>(limits_.records);
    input in;
    in.what = input::grow;
    put(base, left_, {act::grow, 0, 0, 0}, in, rank::none);
  }
}

// -- faults -------------------------------------------------------------------

void moves::faults(u8 slot) {
  const auto& x = now_->members[slot];
  if (x.phase == member::joining || x.phase == member::in) {
    if (left_.has(event::crash))
      crash(slot);
    if (left_.has(event::loss) && x.is_lost == 0)
      lose(slot);
  }
  if (left_.has(event::repeat) && x.repeated.what == up_message::none)
    repeat(slot);
}

void moves::crash(u8 slot) {
  auto& next = add(*now_, left_.without(event::crash), {act::crash, slot, 0, 0},
                   rank::none);
  next.after.had_fault = 1;
  die(next.after.members[slot]);
  end_actor(next.after, slot);
}

void moves::lose(u8 slot) {
  auto base = *now_;
  base.had_fault = 1;
  auto& x = base.members[slot];
  lose_coordinator(x, 1);
  x.down.clear();
  x.late.clear();
  input in;
  in.what = input::lost;
  in.who.slot = slot;
  put(base, left_.without(event::loss), {act::lose, slot, 0, 0}, in,
      rank::none);
}

void moves::repeat(u8 slot) {
  const auto& x = now_->members[slot];
  auto left = left_.without(event::repeat);
  // A join is repeated by a member only, which waits for its answer in line.
  if (x.up.used > 0 && x.up.items[0].what != up_message::join)
    add(*now_, left, {act::repeat, slot, 0, 0}, rank::none)
      .after.members[slot]
      .repeated = x.up.items[0];
  if (x.commit_up.what != up_message::none)
    add(*now_, left, {act::repeat_commit, slot, 0, 0}, rank::none)
      .after.members[slot]
      .repeated = x.commit_up;
}

void moves::reload() {
  if (!left_.has(event::reload) || now_->group.known.has_header == 0)
    return;
  // Some of the writes that were under way may have become durable.
  for (u8 writes = 0; writes <= now_->unsent; ++writes) {
    auto base = *now_;
    base.had_fault = 1;
    core fresh;
    fresh.known = table_after(*now_, writes);
    fresh.partitions = now_->group.partitions;
    base.group = fresh;
    base.unsent = 0;
    base.durable = base.between = {};
    base.inquiries = {};
    for (auto& x : base.members) {
      lose_coordinator(x, 2);
      ++x.age;
      for (size_t i = 0; i < x.late.used; ++i)
        ++x.late.items[i].age;
      while (x.down.used > 0) {
        auto message = x.down.pop();
        message.age = 1;
        if (message.waits > 0)
          continue;
        if (x.late.is_full())
          x.late.pop();
        x.late.push(message);
      }
    }
    put(base, left_.without(event::reload), {act::reload, 0, writes, 0},
        input{}, rank::none);
  }
}

} // namespace troupe::explore
