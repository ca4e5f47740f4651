#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "actors/protocol/group_messages.hpp"
#include "config/scenario.hpp"
#include "runtime/scenario/cluster_book.hpp"
#include "runtime/scenario/ledger.hpp"
#include "runtime/scenario/poster.hpp"

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
  /// Since the last mark.
  int64_t gap_ms = 0;
  int64_t missing = 0;
  post_counts posts;
  /// Of a cluster: what is known of its partitions, and who names mean.
  const cluster_book* cluster = nullptr;
  uint32_t controller = 0;
  /// What could not be looked at; nothing is met then.
  std::vector<std::string> problems;
  /// Where replicas differ, a line each.
  std::vector<std::string> disagreements;
  std::function<caf::expected<uint32_t>(const host_name&)> find_node;
};

/// What differs between what was expected and what was seen; each line begins
/// with the part of the expectation it is about. Empty: it is met.
std::vector<std::string> judge(const expect& wanted, const observation& seen);

/// The part of it that is about posts and the cluster: appended to `out`.
void judge_cluster(const expect& wanted, const observation& seen,
                   std::vector<std::string>& out);

/// '3', '1 to 9', 'at least 1'
std::string show(const bounds& x);

} // namespace troupe::scenario
