#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/protocol/interfaces.hpp"
#include "runtime/http/neighbours.hpp"

namespace troupe::http {

/// A group as its coordinator tells it.
struct surveyed_group {
  group_description about;
  /// Oldest first.
  std::vector<timeline_event> events;
};

/// What there is at one moment, as far as it can be had: what cannot be asked
/// is in `problems`, and the rest is there all the same.
struct survey {
  node_status node;
  node_metrics metrics;
  /// Those that users post to, and those of dead letters; not the internal one.
  std::vector<topic_info> topics;
  /// By topic name; one that is elsewhere, or does not answer, has a `failure`.
  std::map<std::string, std::vector<partition_status>> partitions;
  std::vector<surveyed_group> groups;
  /// Of this node.
  std::vector<consumer_status> consumers;
  std::vector<std::string> problems;
};

/// Asks `node`, and whom it names. `others` null: for what this node leads and
/// coordinates, without timelines, since each node of a cluster tells its own;
/// else for whatever any node does. Blocks, for `answer_bound` some times at
/// most.
survey take_survey(caf::actor_system& system, const node_actor& node,
                   neighbours* others);

/// The letters in the topic of a group's dead letters; -1: there is no such
/// topic, or it did not answer.
int64_t dead_letters_of(const survey& x, const std::string& topic,
                        const std::string& group);

} // namespace troupe::http
