#include "runtime/scenario/tally.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace troupe::scenario {

namespace {

/// What is known of one partition.
struct partition_history {
  std::vector<position_event> events;
  std::map<int64_t, std::vector<int64_t>> hand_outs_ms;
  /// What was handed out: another record may have had this offset before.
  std::set<std::pair<int64_t, std::string>> values;
};

/// The position that was committed before `time_ms`; null: -1.
int64_t next_before(const partition_history& history, int64_t time_ms) {
  int64_t next = -1;
  for (const auto& x : history.events)
    if (x.time_ms < time_ms)
      next = x.next;
  return next;
}

/// The last time the position was set back between two hand-outs.
bool was_set_back(const partition_history& history, int64_t from_ms,
                  int64_t to_ms) {
  int64_t next = -1;
  for (const auto& x : history.events) {
    if (x.next < next && x.time_ms >= from_ms && x.time_ms <= to_ms)
      return true;
    next = x.next;
  }
  return false;
}

/// The first offset that the group was to read.
int64_t begin_of(const partition_history& history) {
  for (const auto& x : history.events)
    if (x.start >= 0)
      return x.start;
  // No start is stored: the first record it was given counts.
  return history.hand_outs_ms.empty() ? -1
                                      : history.hand_outs_ms.begin()->first;
}

/// Whether a reset let the group leave out this offset.
bool was_left_out(const partition_history& history, int64_t offset) {
  int64_t at = -1;
  for (const auto& x : history.events) {
    if (x.next < 0 && at >= 0 && at <= offset && offset < x.start)
      return true;
    at = x.next >= 0 ? x.next : x.start;
  }
  return false;
}

} // namespace

delivery_tally tally(const std::string& group,
                     const std::vector<ledger_entry>& hand_outs,
                     const std::vector<posted_record>& posted,
                     const std::vector<position_event>& events) {
  std::map<partition_name, partition_history> histories;
  for (const auto& x : events)
    if (x.group == group)
      histories[x.where].events.push_back(x);
  for (const auto& x : hand_outs)
    if (x.group == group && x.attempt == 1) {
      auto& history = histories[{x.topic, x.partition}];
      history.hand_outs_ms[x.offset].push_back(x.time_ms);
      history.values.emplace(x.offset, x.value);
    }
  delivery_tally result;
  for (const auto& [where, history] : histories)
    for (const auto& [offset, times] : history.hand_outs_ms)
      for (size_t i = 1; i < times.size(); ++i) {
        if (was_set_back(history, times[i - 1], times[i]))
          continue;
        ++result.delivered_twice;
        if (next_before(history, times[i]) > offset)
          ++result.delivered_twice_committed;
      }
  for (const auto& x : posted) {
    auto i = histories.find({x.topic, x.partition});
    if (i == histories.end() || i->second.events.empty())
      continue;
    auto begin = begin_of(i->second);
    auto committed = i->second.events.back().next;
    if (begin >= 0 && x.offset >= begin && x.offset < committed
        && i->second.values.count({x.offset, x.value}) == 0
        && !was_left_out(i->second, x.offset))
      ++result.lost;
  }
  return result;
}

} // namespace troupe::scenario
