#include "tests/actors/coordinator/explore/search.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tests/actors/coordinator/explore/checks.hpp"
#include "tests/actors/coordinator/explore/words.hpp"

namespace troupe::explore {

std::string findings::to_string() const {
  std::string result =
    fmt::format("{}{} worlds, {} steps, {} of them at rest, depth {}, {} MB",
                fault.empty() ? "" : fault + ": ", worlds, steps, at_rest,
                depth, bytes_max >> 20);
  for (size_t i = 0; i < trace.size(); ++i)
    result += fmt::format("\n{:4} {}", i + 1, trace[i]);
  return result;
}

search::search(const bounds& limits)
  : limits_(limits), step_(limits), moves_(limits_, step_), one_of_(limits_) {}

world first_world(const bounds& limits) {
  world result;
  std::memset(static_cast<void*>(&result), 0, sizeof(result));
  result.group.partitions = static_cast<u8>(limits.partitions_at_first);
  if (!limits.starts_latest)
    for (size_t i = 0; i < limits.partitions_at_first; ++i)
      result.ends[i] = static_cast<u8>(limits.records);
  return result;
}

findings search::run(size_t worlds_max,
                     const std::function<void(const findings&)>& progress) {
  packed_worlds level;
  std::vector<uint32_t> indexes{0};
  level.push(first_world(limits_));
  atlas_.add(digest_of(first_world(limits_)), limits_.events, atlas::nowhere);
  while (!indexes.empty() && atlas_.size() < worlds_max) {
    packed_worlds next;
    auto begin = static_cast<uint32_t>(atlas_.size());
    for (auto index : indexes)
      if (!expand(level.next(), index, next))
        return result_;
    indexes.resize(atlas_.size() - begin);
    for (size_t i = 0; i < indexes.size(); ++i)
      indexes[i] = begin + static_cast<uint32_t>(i);
    ++result_.depth;
    result_.worlds = atlas_.size();
    result_.bytes_max = std::max<uint64_t>(
      result_.bytes_max, atlas_.bytes() + level.bytes() + next.bytes());
    level = std::move(next);
    if (progress)
      progress(result_);
  }
  result_.is_complete = indexes.empty();
  if (auto restless = atlas_.find_restless(); restless != atlas::nowhere)
    found("it never comes to rest, though nothing fails any more", restless);
  return result_;
}

bool search::expand(const world& x, uint32_t index, packed_worlds& next) {
  auto left = atlas_.left(index);
  u8 rank = 0;
  for (const auto& y : moves_.of(x, left)) {
    ++result_.steps;
    if (auto fault = fault_of(x, y); !fault.empty()) {
      found(std::move(fault), index);
      return false;
    }
    auto after = one_of_(y.after);
    auto place = atlas_.add(digest_of(after), y.left, index);
    if (place.is_new)
      next.push(after);
    if (y.rank > rank) {
      rank = y.rank;
      atlas_.set_rest(index, place.index);
    }
  }
  if (rank > 0)
    return true;
  ++result_.at_rest;
  atlas_.set_rest(index, index);
  if (is_at_rest(x, limits_) && step_.is_stable(x.group))
    return true;
  found("nothing is left to happen, and it is not at rest", index);
  return false;
}

std::string search::fault_of(const world& before, const successor& next) {
  return next.fault.empty() ? check(before, next) : next.fault;
}

void search::found(std::string fault, uint32_t index) {
  result_.fault = std::move(fault);
  result_.worlds = atlas_.size();
  result_.trace = replay(index);
}

std::vector<std::string> search::replay(uint32_t index) {
  std::vector<std::string> result;
  // Who is who stays as it was in the first world.
  auto x = first_world(limits_);
  auto left = limits_.events;
  auto take = [&](auto is_next) {
    const auto& all = moves_.of(x, left);
    auto i = std::find_if(all.begin(), all.end(), is_next);
    if (i == all.end())
      return false;
    result.push_back(in_words(x, *i));
    left = i->left;
    x = world{i->after};
    return true;
  };
  for (auto next : atlas_.path_to(index))
    if (!take([&](const successor& y) {
          return y.left == atlas_.left(next)
                 && digest_of(one_of_(y.after)) == atlas_.at(next);
        }))
      result.push_back("a step that the exploration does not find again");
  take([&](const successor& y) { return !fault_of(x, y).empty(); });
  auto state = in_words(x);
  result.insert(result.end(), state.begin(), state.end());
  return result;
}

} // namespace troupe::explore
