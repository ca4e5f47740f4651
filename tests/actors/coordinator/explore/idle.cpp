#include "tests/actors/coordinator/explore/idle.hpp"

#include <algorithm>

namespace troupe::explore {

namespace {

bool is_awaited(const member& by, const down_message& x) {
  return by.commit != member::no_commit && has(x.set, by.commit_place)
         && x.offsets[by.commit_place] == by.commit_next
         && x.epoch == by.commit_epoch;
}

/// Whether something was erased.
template <class T, size_t Size, class Predicate>
bool erase_if(channel<T, Size>& from, Predicate is_gone) {
  channel<T, Size> rest;
  for (size_t i = 0; i < from.used; ++i)
    if (!is_gone(from.items[i]))
      rest.push(from.items[i]);
  if (rest.used == from.used)
    return false;
  from = rest;
  return true;
}

} // namespace

u8 age_that_matters(const member& x) {
  u8 result = 0;
  for (size_t i = 0; i < x.late.used; ++i)
    if (auto age = x.late.items[i].age; age <= x.age)
      result = std::max(result, age);
  return result;
}

bool is_idle(const member& to, const down_message& x) {
  // A member that is out has no number, and none is used again.
  if (to.number == 0 || x.number != to.number)
    return true;
  // Within a number the lives and epochs that a member has heard only grow.
  auto is_older = x.age > to.age;
  auto is_news = x.age < age_that_matters(to);
  switch (x.what) {
    case down_message::joined:
      return is_older
             || (!is_news && to.phase == member::in && x.epoch <= to.epoch);
    case down_message::refused:
      return to.phase == member::in;
    case down_message::assign:
    case down_message::revoke:
    case down_message::state:
      return is_older || (!is_news && x.epoch < to.epoch);
    case down_message::fenced:
      return is_older;
    case down_message::alive:
      return !is_news;
    case down_message::committed:
      return !is_awaited(to, x);
    default:
      return false;
  }
}

bool is_idle(const world& in, const up_message& x) {
  const auto& sender = in.members[x.from.slot];
  if (x.what == up_message::join || x.from.number == sender.number
      || find_row(in.group.known, x.from))
    return false;
  for (size_t i = 0; i < in.group.waiting_used; ++i)
    if (in.group.waiting[i].id == x.from)
      return false;
  // It may become a member before this comes.
  for (size_t i = 0; i < sender.up.used; ++i)
    if (sender.up.items[i].what == up_message::join
        && sender.up.items[i].from == x.from)
      return false;
  return true;
}

void drop_idle(world& x) {
  for (auto& y : x.members) {
    auto is_idle_up = [&](const up_message& z) { return is_idle(x, z); };
    auto is_idle_down = [&](const down_message& z) { return is_idle(y, z); };
    erase_if(y.up, is_idle_up);
    for (auto* single : {&y.commit_up, &y.repeated})
      if (single->what != up_message::none && is_idle_up(*single))
        *single = {};
    erase_if(y.down, is_idle_down);
    // With the late ones goes what only ended their time.
    while (erase_if(y.late, is_idle_down))
      erase_if(y.down, is_idle_down);
  }
}

void set_answer(inquiry& x, const per_partition<u8>& ends) {
  x.is_answered = 1;
  for (size_t i = 0; i < partitions_max; ++i)
    if (has(x.asked, i))
      x.ends[i] = ends[i];
}

void order_inquiries(world& x) {
  if (std::memcmp(&x.inquiries[0], &x.inquiries[1], sizeof(inquiry)) < 0)
    std::swap(x.inquiries[0], x.inquiries[1]);
}

void answer_early(world& x, const bounds& limits) {
  for (auto& y : x.inquiries) {
    auto is_full = true;
    for (size_t i = 0; i < partitions_max; ++i)
      is_full = is_full && (!has(y.asked, i) || x.ends[i] == limits.records);
    if (y.what != inquiry::none && y.is_answered == 0 && is_full)
      set_answer(y, x.ends);
  }
  order_inquiries(x);
}

} // namespace troupe::explore
