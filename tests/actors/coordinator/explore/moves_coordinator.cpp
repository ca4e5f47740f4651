// What the coordinator does with what comes to it.
#include "tests/actors/coordinator/explore/idle.hpp"
#include "tests/actors/coordinator/explore/moves.hpp"
#include "tests/actors/coordinator/explore/ranks.hpp"

namespace troupe::explore {

namespace {

/// Whether it would believe something of an earlier coordinator, which it does
/// no more once it has heard the present one.
bool listens_to_late(const member& x) {
  for (size_t i = 0; i < x.late.used; ++i)
    if (x.late.items[i].age <= x.age)
      return true;
  return false;
}

} // namespace

void moves::make_durable() {
  if (now_->unsent == 0)
    return;
  auto& after =
    add(*now_, left_, {act::make_durable, 0, 0, 0}, rank::make_durable).after;
  after.durable = after.unsent > 1 ? after.between : table{};
  after.between = {};
  --after.unsent;
  for (auto& x : after.members)
    for (size_t i = 0; i < x.down.used; ++i)
      if (x.down.items[i].waits > 0)
        --x.down.items[i].waits;
}

void moves::answer() {
  for (u8 i = 0; i < inquiries_max; ++i) {
    const auto& asked = now_->inquiries[i];
    if (asked.what == inquiry::none)
      continue;
    if (asked.is_answered == 0) {
      auto& x =
        add(*now_, left_, {act::ask, 0, i, 0}, rank::answer).after.inquiries[i];
      set_answer(x, now_->ends);
      continue;
    }
    auto base = *now_;
    base.inquiries[i] = {};
    input in;
    in.what =
      asked.what == inquiry::start ? input::start_answers : input::give_answers;
    in.answered = asked.asked;
    in.ends = asked.ends;
    put(base, left_, {act::answer, 0, i, 0}, in, rank::answer);
  }
}

void moves::coordinator(u8 slot) {
  const auto& x = now_->members[slot];
  input in;
  in.what = input::arrival;
  if (x.up.used > 0) {
    auto base = *now_;
    in.message = base.members[slot].up.pop();
    put(base, left_, {act::take, slot, 0, 0}, in, rank::take);
  }
  if (x.commit_up.what != up_message::none) {
    auto base = *now_;
    in.message = x.commit_up;
    base.members[slot].commit_up = {};
    put(base, left_, {act::take_commit, slot, 0, 0}, in, rank::take_commit);
  }
  if (x.repeated.what != up_message::none) {
    auto base = *now_;
    in.message = x.repeated;
    base.members[slot].repeated = {};
    put(base, left_, {act::take_repeated, slot, 0, 0}, in, rank::take_repeated);
  }
}

void moves::rows() {
  for (size_t i = 0; i < now_->group.known.rows_used; ++i)
    row_ends(i);
}

void moves::row_ends(size_t i) {
  const auto& row = now_->group.known.rows[i];
  const auto& slot = now_->members[row.id.slot];
  auto number = static_cast<u8>(i);
  input in;
  in.who = row.id;
  if (now_->group.handles[i] == dead_handle) {
    // What the actor sent comes before the news of its end.
    if (slot.up.used > 0)
      return;
    in.what = input::exited;
    put(*now_, left_, {act::see_down, row.id.slot, number, 0}, in,
        rank::see_down);
    return;
  }
  in.what = input::session_ends;
  if (!is_living(row.id)) {
    if (slot.up.used == 0)
      put(*now_, left_, {act::end_session, row.id.slot, number, 0}, in,
          rank::end_session);
    return;
  }
  if (!left_.has(event::fence))
    return;
  auto base = *now_;
  base.had_fault = 1;
  auto left = left_.without(event::fence);
  put(base, left, {act::fence_session, row.id.slot, number, 0}, in, rank::none);
  in.what = input::rebalance_ends;
  if (has(now_->group.rebalance_timer, i))
    put(base, left, {act::fence_rebalance, row.id.slot, number, 0}, in,
        rank::none);
}

// -- outcomes -----------------------------------------------------------------

void moves::put(const world& base, const budget& left, const action& what,
                input in, u8 rank) {
  u8 choices = 1;
  for (u8 choice = 0; choice < choices; ++choice) {
    in.choice = choice;
    const auto& x = step_(base.group, in);
    choices = x.choices;
    if (x.has_room == 0)
      continue;
    auto which = what;
    which.choice = choice;
    auto& next = add(base, left, which, rank);
    next.cause = in;
    next.is_taken = x.is_taken;
    next.fault = x.fault;
    if (next.fault.empty() && !take_in(next.after, x))
      out_.pop_back();
  }
}

bool moves::take_in(world& to, const outcome& x) const {
  if (x.has_records != 0) {
    if (to.unsent == unsent_max)
      return false;
    (to.unsent == 0 ? to.durable : to.between) = to.group.known;
    ++to.unsent;
  }
  to.group = x.after;
  for (size_t i = 0; i < x.sent_used; ++i) {
    auto& member = to.members[x.out[i].slot];
    auto message = x.out[i].what;
    if (member.phase == member::dead
        || (message.what == down_message::alive && !listens_to_late(member)))
      continue;
    if (member.down.is_full())
      return false;
    message.waits = to.unsent;
    member.down.push(message);
  }
  for (auto [asked, kind] : {std::pair{x.asked_start, inquiry::start},
                             std::pair{x.asked_give, inquiry::give}}) {
    if (asked == 0)
      continue;
    auto free = to.inquiries[0].what == inquiry::none ? 0u : 1u;
    if (to.inquiries[free].what != inquiry::none)
      return false;
    to.inquiries[free].what = kind;
    to.inquiries[free].asked = asked;
  }
  return true;
}

} // namespace troupe::explore
