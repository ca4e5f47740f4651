#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "actors/protocol/group_messages.hpp"
#include "config/scenario.hpp"
#include "runtime/scenario/ledger.hpp"

namespace troupe::scenario {

/// What an expectation is held against: all that was seen of a group and its
/// topics at one moment.
struct observation {
  /// The group's hand-outs in its read window.
  std::vector<ledger_entry> window;
  /// Empty when no group was asked for.
  group_description group;
  std::vector<timeline_event> events;
  /// Of all topics.
  std::map<partition_name, int64_t> ends;
  /// The group's hand-outs, and the time, since the last mark.
  int64_t handed_since_mark = 0;
  double seconds_since_mark = 0;
  /// Since the scenario began; of one group, or of all.
  int64_t lost = 0;
  int64_t delivered_twice = 0;
  int64_t delivered_twice_committed = 0;
};

/// What differs between what was expected and what was seen; each line begins
/// with the part of the expectation it is about. Empty: it is met.
std::vector<std::string> judge(const expect& wanted, const observation& seen);

} // namespace troupe::scenario
