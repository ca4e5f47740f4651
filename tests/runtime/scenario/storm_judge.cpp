#include "tests/runtime/scenario/storm_judge.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace troupe::testing {

using namespace scenario;

namespace {

using place = std::pair<std::string, int32_t>;
using problems = std::vector<std::string>;

/// Values of each log by offset, as `Audit` read them.
std::map<place, std::map<int64_t, std::string>> read_logs(
  const std::vector<ledger_entry>& hand_outs) {
  std::map<place, std::map<int64_t, std::string>> result;
  for (const auto& x : hand_outs)
    if (x.group == "Audit")
      result[{x.topic, x.partition}][x.offset] = x.value;
  return result;
}

std::set<std::string> deleted_topics(const script& storm) {
  std::set<std::string> result;
  for (const auto& x : storm.steps)
    if (auto* y = std::get_if<delete_topic>(&x.what))
      result.insert(y->topic);
  return result;
}

/// '12-3': the step, and the number of the record in it.
std::pair<int, int> parse_value(const std::string& x) {
  return {std::stoi(x), std::stoi(x.substr(x.find('-') + 1))};
}

void judge_logs(const script& storm, const std::vector<ledger_entry>& hand_outs,
                const std::vector<posted_record>& posted, problems& out) {
  auto logs = read_logs(hand_outs);
  auto deleted = deleted_topics(storm);
  for (const auto& x : posted) {
    if (deleted.count(x.topic))
      continue;
    const auto& log = logs[{x.topic, x.partition}];
    auto i = log.find(x.offset);
    if (i == log.end())
      out.push_back(fmt::format("{} was acknowledged at {}-{} offset {}: there "
                                "is nothing",
                                x.value, x.topic, x.partition, x.offset));
    else if (i->second != x.value)
      out.push_back(fmt::format("{} was acknowledged at {}-{} offset {}: there "
                                "is {}",
                                x.value, x.topic, x.partition, x.offset,
                                i->second));
  }
  for (const auto& [where, log] : logs) {
    std::map<int, int> last;
    std::set<std::string> seen;
    int64_t next = 0;
    for (const auto& [offset, value] : log) {
      auto at =
        fmt::format("{}-{} offset {}", where.first, where.second, offset);
      if (offset != next)
        out.push_back(fmt::format("{}: {} was expected", at, next));
      next = offset + 1;
      auto [step, number] = parse_value(value);
      if (last[step] > number)
        out.push_back(fmt::format("{}: {} stands behind number {} of its post",
                                  at, value, last[step]));
      last[step] = number;
      if (!seen.insert(value).second)
        out.push_back(fmt::format("{}: {} is there twice", at, value));
    }
  }
}

/// Resets begin a partition anew; so does, without stored starts, each later
/// assignment.
bool may_jump(const script& storm, const std::string& group) {
  if (!storm.find_group(group)->settings.group_rules.start_is_stored)
    return true;
  return std::any_of(storm.steps.begin(), storm.steps.end(),
                     [&](const auto& x) {
                       auto* y = std::get_if<reset>(&x.what);
                       return y && y->group == group;
                     });
}

using group_place = std::tuple<std::string, std::string, int32_t>;

void judge_order(const script& storm,
                 const std::vector<ledger_entry>& hand_outs, problems& out) {
  std::map<group_place, int64_t> next;
  for (const auto& x : hand_outs) {
    if (may_jump(storm, x.group))
      continue;
    auto [i, is_first] =
      next.try_emplace({x.group, x.topic, x.partition}, x.offset);
    if (x.offset > i->second)
      out.push_back(fmt::format("{} got {}-{} offset {}: nobody had got {}",
                                x.consumer, x.topic, x.partition, x.offset,
                                i->second));
    i->second = std::max(i->second, x.offset + 1);
  }
}

void judge_owners(const std::vector<ledger_entry>& hand_outs, problems& out) {
  std::map<group_place, std::vector<const ledger_entry*>> by_place;
  for (const auto& x : hand_outs)
    by_place[{x.group, x.topic, x.partition}].push_back(&x);
  for (const auto& [where, entries] : by_place) {
    const ledger_entry* last = nullptr;
    for (const auto* x : entries) {
      // What was killed at work has no end.
      if (last && last->ended_ms > x->time_ms)
        out.push_back(fmt::format(
          "{} got {}-{} offset {} while {} worked on offset {}", x->consumer,
          x->topic, x->partition, x->offset, last->consumer, last->offset));
      if (!last || x->ended_ms > last->ended_ms)
        last = x;
    }
  }
}

} // namespace

std::vector<std::string> judge_storm(const script& storm,
                                     const std::vector<ledger_entry>& hand_outs,
                                     const std::vector<posted_record>& posted,
                                     bool is_complete) {
  problems result;
  if (is_complete)
    judge_logs(storm, hand_outs, posted, result);
  judge_order(storm, hand_outs, result);
  judge_owners(hand_outs, result);
  return result;
}

} // namespace troupe::testing
