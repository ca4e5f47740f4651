#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/protocol/group_messages.hpp"

/// What happened in a run of a scenario: made by the player, shown by the
/// printers and the report. Times are milliseconds since the epoch.
namespace troupe::scenario {

/// What kind of thing a line of the run tells.
enum class line_kind : uint8_t {
  step,
  read,
  commit,
  rebalance,
  /// Of a cluster: what was done to it, and what its nodes made of that.
  fault,
  election,
  note,
  problem,
};

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

// -- a cluster ----------------------------------------------------------------

/// What is done to processes of a cluster and lines between them.
enum class fault_kind : uint8_t {
  crash,
  stop,
  start,
  pause,
  resume,
  cut,
  heal,
  slow,
  order,
};

struct fault_mark {
  int64_t time_ms = 0;
  fault_kind kind = fault_kind::crash;
  /// Nodes by id, workers by 100 and their number.
  std::vector<uint32_t> whom;
  /// 'node 1 is killed'
  std::string text;
  /// As what follows from it is explained: 'node 1 was killed'
  std::string cause;
};

/// Something that was so from when to when: who led a partition ('1'), what a
/// node was ('killed'); `to_ms` -1: until the end.
struct track_span {
  std::string what;
  int64_t from_ms = 0;
  int64_t to_ms = -1;
};

/// A lane of the picture.
struct cluster_lane {
  /// 'node 1', 'controllers', 'messages-0'
  std::string name;
  std::vector<track_span> spans;
};

/// What the nodes of a cluster did about it: other leaders, or replicas that
/// fell behind or caught up.
struct cluster_event {
  int64_t time_ms = 0;
  /// '4 partitions have other leaders'
  std::string what;
  /// 'node 1 was killed', 'back to preferred replicas'; empty: not known.
  std::string cause;
  /// Since the cause; -1: it has no time.
  int64_t after_ms = -1;
  /// 'messages-0: node 1 -> node 2, leader epoch 3'
  std::vector<std::string> moves;
  /// Since harm was done until every moved partition with posts had
  /// acknowledged one again; -1: none has, or no harm was done.
  int64_t writable_after_ms = -1;
};

struct cluster_track {
  /// What each node was, and each worker that something was done to: 'runs',
  /// 'down', 'stands still', 'cut off'.
  std::vector<cluster_lane> nodes;
  /// Who led the controllers, the partitions of users' topics, and those that
  /// the groups' coordinators live by.
  std::vector<cluster_lane> leaders;
  std::vector<fault_mark> faults;
  std::vector<cluster_event> events;
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
  /// Without lanes: a single node.
  cluster_track cluster;
  std::vector<expectation_result> expectations;

  bool is_passed() const noexcept {
    for (const auto& x : expectations)
      if (!x.is_met)
        return false;
    return true;
  }
};

} // namespace troupe::scenario
