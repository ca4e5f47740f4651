#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/protocol/metadata_messages.hpp"

namespace troupe {

/// What a group needs to know of a topic.
struct known_topic {
  topic_id id;
  std::string name;
  /// Per partition the index of the command that created it.
  std::vector<uint64_t> created_index;
  bool is_internal = false;

  int32_t partitions() const noexcept {
    return static_cast<int32_t>(created_index.size());
  }
};

/// A change that may move partitions.
struct topic_change {
  topic_id id;
  std::string name;
  /// Partitions before and after; 0: the topic was, or is, not there.
  int32_t before = 0;
  int32_t after = 0;
};

/// In words, for the timeline.
std::string to_string(const topic_change& x);

/// The topics there are, as the metadata told.
class topic_catalog {
public:
  /// Takes over an update; returns what was created, grown or removed.
  std::vector<topic_change> apply(const metadata_update& update);

  /// The metadata command up to which this is complete.
  uint64_t index() const noexcept {
    return index_;
  }

  /// Null when there is none.
  const known_topic* find(const topic_id& id) const;
  const known_topic* find(const std::string& name) const;

  bool contains(const topic_partition& id) const;

  /// The topic's name, its id when it is not there.
  std::string name_of(const topic_id& id) const;

private:
  void remove(const topic_id& id, std::vector<topic_change>& changes);

  uint64_t index_ = 0;
  std::unordered_map<topic_id, known_topic> topics_;
  std::map<std::string, topic_id> ids_;
  /// Of the topics that the last update removed.
  std::unordered_map<topic_id, std::string> former_names_;
};

} // namespace troupe
