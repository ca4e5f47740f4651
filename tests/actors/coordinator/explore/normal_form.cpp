#include "tests/actors/coordinator/explore/normal_form.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace troupe::explore {

namespace {

// -- where the numbers are ----------------------------------------------------

template <class Table, class Visit>
void each_epoch_of_table(Table& x, Visit visit) {
  visit(x.epoch);
  for (size_t i = 0; i < x.rows_used; ++i) {
    auto& row = x.rows[i];
    visit(row.epoch);
    visit(row.revocation);
    for (auto& epoch : row.held_epoch)
      visit(epoch);
  }
}

/// Epochs outside of the group: in tables that were, members, messages.
template <class World, class Visit>
void each_other_epoch(World& x, Visit visit) {
  if (x.unsent > 0)
    each_epoch_of_table(x.durable, visit);
  if (x.unsent > 1)
    each_epoch_of_table(x.between, visit);
  auto visit_message = [&](auto& y) {
    visit(y.epoch);
    visit(y.revocation);
  };
  for (auto& y : x.members) {
    visit(y.epoch);
    for (auto& revocation : y.revocation)
      visit(revocation);
    visit(y.busy_epoch);
    visit(y.commit_epoch);
    for (size_t i = 0; i < y.up.used; ++i)
      visit_message(y.up.items[i]);
    visit_message(y.commit_up);
    visit_message(y.repeated);
    for (size_t i = 0; i < y.down.used; ++i)
      visit_message(y.down.items[i]);
    for (size_t i = 0; i < y.late.used; ++i)
      visit_message(y.late.items[i]);
  }
}

template <class Table, class Visit>
void each_id_of_table(Table& x, Visit visit) {
  for (size_t i = 0; i < x.rows_used; ++i)
    visit(x.rows[i].id.slot, x.rows[i].id.number);
}

template <class World, class Visit>
void each_id(World& x, Visit visit) {
  each_id_of_table(x.group.known, visit);
  each_id_of_table(x.durable, visit);
  each_id_of_table(x.between, visit);
  for (size_t i = 0; i < x.group.waiting_used; ++i)
    visit(x.group.waiting[i].id.slot, x.group.waiting[i].id.number);
  for (size_t slot = 0; slot < slots_max; ++slot) {
    auto& y = x.members[slot];
    visit(slot, y.number);
    visit(slot, y.busy_number);
    for (size_t i = 0; i < y.up.used; ++i)
      visit(slot, y.up.items[i].from.number);
    visit(slot, y.commit_up.from.number);
    visit(slot, y.repeated.from.number);
    for (size_t i = 0; i < y.down.used; ++i)
      visit(slot, y.down.items[i].number);
    for (size_t i = 0; i < y.late.used; ++i)
      visit(slot, y.late.items[i].number);
  }
}

// -- new names ----------------------------------------------------------------

/// Which of the numbers 0 to 255 are in use.
class number_set {
public:
  void add(u8 x) {
    words_[x >> 6] |= uint64_t{1} << (x & 63);
  }

  bool contains(u8 x) const {
    return (words_[x >> 6] >> (x & 63) & 1) != 0;
  }

  /// Calls `visit` with each one, ascending.
  template <class Visit>
  void each(Visit visit) const {
    for (size_t i = 0; i < words_.size(); ++i)
      for (auto rest = words_[i]; rest != 0; rest &= rest - 1)
        visit(static_cast<u8>(i * 64
                              + static_cast<size_t>(std::countr_zero(rest))));
  }

private:
  std::array<uint64_t, 4> words_{};
};

using renaming = std::array<u8, 256>;

renaming epochs_of(const world& x) {
  number_set all;
  number_set own;
  auto add_own = [&](u8 epoch) {
    all.add(epoch);
    own.add(epoch);
  };
  each_epoch_of_table(x.group.known, add_own);
  each_other_epoch(x, [&](u8 epoch) { all.add(epoch); });
  renaming result{};
  unsigned next = 0;
  all.each([&](u8 epoch) {
    if (epoch == 0)
      return;
    next = own.contains(epoch) ? (next / 16 + 1) * 16 : next + 1;
    if (next > 255 || (next % 16 == 0 && !own.contains(epoch)))
      throw std::length_error("too many epochs at once");
    result[epoch] = static_cast<u8>(next);
  });
  return result;
}

void rename_ids(world& x) {
  std::array<number_set, slots_max> used;
  each_id(x, [&](size_t slot, u8 number) { used[slot].add(number); });
  std::array<renaming, slots_max> names{};
  for (size_t slot = 0; slot < slots_max; ++slot) {
    u8 next = 0;
    used[slot].each([&](u8 number) {
      if (number != 0)
        names[slot][number] = ++next;
    });
  }
  each_id(x, [&](size_t slot, u8& number) { number = names[slot][number]; });
}

/// A member compares lives only with those of the messages that it gets.
void rename_lives(member& x) {
  number_set used;
  used.add(0);
  for (size_t i = 0; i < x.late.used; ++i)
    used.add(x.late.items[i].age);
  renaming names{};
  u8 next = 0;
  u8 known = 0;
  used.each([&](u8 age) {
    names[age] = next;
    if (age <= x.age)
      known = next;
    ++next;
  });
  for (size_t i = 0; i < x.late.used; ++i)
    x.late.items[i].age = names[x.late.items[i].age];
  x.age = known;
}

} // namespace

void normalize(world& x) {
  rename_ids(x);
  for (auto& y : x.members)
    rename_lives(y);
  auto epochs = epochs_of(x);
  auto rename = [&](u8& epoch) { epoch = epochs[epoch]; };
  each_epoch_of_table(x.group.known, rename);
  each_other_epoch(x, rename);
}

u8 fresh_number(const world& x, size_t slot) {
  u8 result = 0;
  each_id(x, [&](size_t of, u8 number) {
    if (of == slot)
      result = std::max(result, number);
  });
  return static_cast<u8>(result + 1);
}

} // namespace troupe::explore
