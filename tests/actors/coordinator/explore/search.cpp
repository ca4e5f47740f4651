#include "tests/actors/coordinator/explore/search.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tests/actors/coordinator/explore/checks.hpp"
#include "tests/actors/coordinator/explore/normal_form.hpp"
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
  : limits_(limits), step_(limits), moves_(limits_, step_) {}

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
  atlas_.add(digest_of(first_world(limits_)), limits_.events, atlas::nowhere,
             0);
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
    found("it never comes to rest, though nothing fails any more",
          atlas_.path_to(restless));
  return result_;
}

bool search::expand(const world& x, uint32_t index, packed_worlds& next) {
  auto left = atlas_.left(index);
  const auto& all = moves_.of(x, left);
  u8 rank = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    const auto& y = all[i];
    auto move = static_cast<uint16_t>(i);
    ++result_.steps;
    auto fault = y.fault.empty() ? check(x, y.what, y.after, limits_) : y.fault;
    if (!fault.empty()) {
      auto path = atlas_.path_to(index);
      path.push_back(move);
      found(fault, path);
      return false;
    }
    auto after = y.after;
    normalize(after);
    auto place = atlas_.add(digest_of(after), y.left, index, move);
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
  found("nothing is left to happen, and it is not at rest",
        atlas_.path_to(index));
  return false;
}

void search::found(std::string fault, std::vector<uint16_t> path) {
  result_.fault = std::move(fault);
  result_.worlds = atlas_.size();
  result_.trace = replay(path);
}

std::vector<std::string> search::replay(const std::vector<uint16_t>& path) {
  std::vector<std::string> result;
  auto x = first_world(limits_);
  auto left = limits_.events;
  for (auto move : path) {
    auto next = moves_.of(x, left).at(move);
    result.push_back(in_words(x, next));
    x = next.after;
    left = next.left;
  }
  auto state = in_words(x);
  result.insert(result.end(), state.begin(), state.end());
  return result;
}

} // namespace troupe::explore
