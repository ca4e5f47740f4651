#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/protocol/group_messages.hpp"

/// What happened in a run of a scenario: made by the player, shown by the
/// printers and the report. Times are milliseconds since the epoch.
namespace troupe::scenario {

/// What kind of thing a line of the run tells.
enum class line_kind : uint8_t { step, read, commit, rebalance, note, problem };

/// One thing that happened, in words.
struct run_line {
  int64_t time_ms = 0;
  line_kind kind = line_kind::step;
  /// Empty: not of a group.
  std::string group;
  std::string text;
};

/// Who owned a partition from when to when; `to_ms` -1: until the end.
struct ownership_span {
  std::string topic;
  int32_t partition = 0;
  std::string owner;
  int64_t from_ms = 0;
  int64_t to_ms = -1;
};

/// A group at one moment.
struct group_sample {
  int64_t time_ms = 0;
  /// Records behind, over all partitions.
  int64_t lag = 0;
  /// Records handled since the run began.
  int64_t handled = 0;
};

/// How fast a consumer was: all consumers of a group, idle ones too.
struct consumer_summary {
  std::string name;
  int64_t handled = 0;
  /// Records a second while it was running.
  double rate = 0;
  /// 'messages-0, messages-2', or empty: idle.
  std::vector<std::string> owned;
};

/// A group over the whole run.
struct group_track {
  std::string group;
  std::vector<ownership_span> owners;
  std::vector<timeline_event> events;
  std::vector<group_sample> samples;
  std::vector<consumer_summary> consumers;
  /// At the end of the run.
  std::vector<group_position> positions;
  /// Records handed out more than once, and how many of those had been
  /// committed before (must be 0).
  int64_t delivered_twice = 0;
  int64_t delivered_twice_committed = 0;
  /// Records acknowledged, at or after the group's start, never delivered.
  int64_t lost = 0;
};

/// A topic's partitions as they were at the end: how many records each has.
struct topic_track {
  std::string topic;
  std::vector<int64_t> log_start;
  std::vector<int64_t> high_watermark;
};

/// An expectation of the scenario and what came of it.
struct expectation_result {
  /// The JSON path of the expectation.
  std::string path;
  std::string what;
  bool is_met = true;
  /// The difference, line by line; empty when it is met.
  std::vector<std::string> difference;
};

struct run_record {
  std::string title;
  std::string description;
  std::string file;
  uint64_t seed = 0;
  bool is_virtual_time = true;
  int64_t begin_ms = 0;
  int64_t end_ms = 0;
  /// What the run took on the wall clock.
  int64_t wall_ms = 0;
  std::vector<run_line> lines;
  std::vector<topic_track> topics;
  std::vector<group_track> groups;
  std::vector<expectation_result> expectations;

  bool is_passed() const noexcept {
    for (const auto& x : expectations)
      if (!x.is_met)
        return false;
    return true;
  }
};

} // namespace troupe::scenario
