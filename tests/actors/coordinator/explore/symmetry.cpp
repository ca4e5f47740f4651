#include "tests/actors/coordinator/explore/symmetry.hpp"

#include <algorithm>
#include <numeric>

#include "tests/actors/coordinator/explore/idle.hpp"
#include "tests/actors/coordinator/explore/normal_form.hpp"

namespace troupe::explore {

namespace {

/// All orders of the places from `begin` up to `end`; the others stay.
template <size_t Size>
std::vector<std::array<u8, Size>> names_of(size_t begin, size_t end) {
  std::array<u8, Size> names;
  std::iota(names.begin(), names.end(), u8{0});
  std::vector<std::array<u8, Size>> result;
  do
    result.push_back(names);
  while (begin < end
         && std::next_permutation(names.data() + begin, names.data() + end));
  return result;
}

// -- partitions ---------------------------------------------------------------

template <class Names>
class partition_renamer {
public:
  explicit partition_renamer(const Names& names) : names_(names) {
    for (unsigned set = 0; set < sets_.size(); ++set)
      for (size_t i = 0; i < partitions_max; ++i)
        if (has(set, i))
          sets_[set] |= bit(names_[i]);
  }

  void operator()(world& x) const {
    rename(x.group);
    rename(x.durable);
    rename(x.between);
    for (auto& y : x.inquiries) {
      rename_set(y.asked);
      rename_array(y.ends);
    }
    order_inquiries(x);
    rename_array(x.ends);
    rename_array(x.finished);
    for (auto& y : x.members)
      rename(y);
  }

private:
  void rename_set(partition_set& x) const {
    x = sets_[x];
  }

  void rename_array(per_partition<u8>& x) const {
    auto old = x;
    for (size_t i = 0; i < partitions_max; ++i)
      x[names_[i]] = old[i];
  }

  void rename(table& x) const {
    for (size_t i = 0; i < x.rows_used; ++i) {
      auto& row = x.rows[i];
      rename_set(row.assigned);
      rename_set(row.revoking);
      rename_set(row.target);
      rename_array(row.held_epoch);
      rename_array(row.held_start);
    }
    rename_array(x.next);
    rename_array(x.start);
  }

  void rename(core& x) const {
    rename(x.known);
    rename_set(x.ready);
    rename_array(x.ready_at);
    rename_set(x.asking);
  }

  void rename(up_message& x) const {
    rename_set(x.set);
    rename_set(x.draining);
  }

  void rename(down_message& x) const {
    rename_set(x.set);
    rename_set(x.revoking);
    rename_array(x.offsets);
  }

  template <class T, size_t Size>
  void rename(channel<T, Size>& x) const {
    for (size_t i = 0; i < x.used; ++i)
      rename(x.items[i]);
  }

  void rename(member& x) const {
    rename_set(x.owned);
    rename_set(x.draining);
    rename_array(x.revocation);
    rename_array(x.next);
    if (x.busy != 0)
      x.busy = static_cast<u8>(names_[x.busy - 1u] + 1);
    if (x.commit != member::no_commit)
      x.commit_place = names_[x.commit_place];
    rename(x.up);
    rename(x.commit_up);
    rename(x.repeated);
    rename(x.down);
    rename(x.late);
  }

  const Names& names_;
  std::array<partition_set, 1u << partitions_max> sets_{};
};

// -- members ------------------------------------------------------------------

bool is_before(const member_id& x, const member_id& y) {
  return x.slot != y.slot ? x.slot < y.slot : x.number < y.number;
}

/// Where each row has gone: rows ascend by id.
template <class Names>
std::array<u8, rows_max> rename_rows(table& x, const Names& names) {
  std::array<u8, rows_max> old{};
  std::iota(old.begin(), old.end(), u8{0});
  for (size_t i = 0; i < x.rows_used; ++i)
    x.rows[i].id.slot = names[x.rows[i].id.slot];
  std::sort(old.begin(), old.begin() + x.rows_used,
            [&](u8 i, u8 k) { return is_before(x.rows[i].id, x.rows[k].id); });
  auto rows = x.rows;
  for (size_t i = 0; i < x.rows_used; ++i)
    x.rows[i] = rows[old[i]];
  return old;
}

template <class Names>
void rename_slots(core& x, const Names& names) {
  auto old = rename_rows(x.known, names);
  auto handles = x.handles;
  u8 unsure = 0;
  u8 timers = 0;
  for (size_t i = 0; i < x.known.rows_used; ++i) {
    x.handles[i] = handles[old[i]];
    unsure |= has(x.unsure, old[i]) ? bit(i) : u8{0};
    timers |= has(x.rebalance_timer, old[i]) ? bit(i) : u8{0};
  }
  x.unsure = unsure;
  x.rebalance_timer = timers;
  for (size_t i = 0; i < x.waiting_used; ++i)
    x.waiting[i].id.slot = names[x.waiting[i].id.slot];
  std::sort(x.waiting.begin(), x.waiting.begin() + x.waiting_used,
            [](const auto& y, const auto& z) { return is_before(y.id, z.id); });
}

template <class Names>
void rename_slots(world& x, const Names& names) {
  rename_slots(x.group, names);
  rename_rows(x.durable, names);
  rename_rows(x.between, names);
  auto members = x.members;
  for (size_t slot = 0; slot < slots_max; ++slot) {
    auto& y = x.members[names[slot]];
    y = members[slot];
    auto rename = [&](up_message& z) {
      if (z.what != up_message::none)
        z.from.slot = names[z.from.slot];
    };
    for (size_t i = 0; i < y.up.used; ++i)
      rename(y.up.items[i]);
    rename(y.commit_up);
    rename(y.repeated);
  }
}

} // namespace

symmetry::symmetry(const bounds& limits) {
  auto is_alike = limits.any_target;
  slots_ =
    names_of<slots_max>(limits.static_members, is_alike ? limits.members : 0);
  partitions_ =
    names_of<partitions_max>(0, is_alike ? limits.partitions_at_first : 0);
}

world symmetry::operator()(const world& x) const {
  auto best = x;
  normalize(best);
  auto normal = best;
  for (size_t i = 1; i < size(); ++i) {
    auto y = renamed(normal, i);
    if (std::memcmp(&y, &best, sizeof(world)) < 0)
      best = y;
  }
  return best;
}

world symmetry::renamed(const world& x, size_t i) const {
  auto result = x;
  if (auto k = i / slots_.size(); k > 0)
    partition_renamer{partitions_.at(k)}(result);
  if (auto k = i % slots_.size(); k > 0)
    rename_slots(result, slots_.at(k));
  return result;
}

} // namespace troupe::explore
