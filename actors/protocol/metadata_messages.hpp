#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>

#include "actors/protocol/ids.hpp"
#include "config/settings.hpp"

namespace troupe {

/// What the controller knows of a topic.
struct topic_info {
  topic_id id;
  std::string name;
  /// Per partition the index of the metadata command that created it: tells
  /// which partitions are younger than a group.
  std::vector<uint64_t> created_index;
  topic_settings settings;
  /// Not to be posted to by users: `__commit_offsets`.
  bool is_internal = false;

  int32_t partitions() const noexcept {
    return static_cast<int32_t>(created_index.size());
  }

  friend bool operator==(const topic_info&, const topic_info&) = default;
};

/// A change of metadata up to command `index`; `is_whole`: all there is.
struct metadata_update {
  uint64_t index = 0;
  bool is_whole = false;
  /// Created, grown or with other settings.
  std::vector<topic_info> changed;
  std::vector<topic_id> removed;
};

/// Names an idempotent producer.
struct producer_identity {
  int64_t producer_id = -1;
  int16_t producer_epoch = 0;
};

/// A node at a glance.
struct node_status {
  uuid cluster_id;
  uint32_t node_id = 0;
  std::string version;
  std::string data_directory;
  uint64_t metadata_index = 0;
  int32_t metadata_term = 0;
  uint32_t topics = 0;
  uint32_t partitions = 0;
  uint32_t partitions_offline = 0;
  uint32_t groups = 0;
  uint32_t consumers = 0;
  /// Bytes of all logs, and of the disk that are free, -1: not known.
  uint64_t log_bytes = 0;
  int64_t disk_free_bytes = -1;
  int64_t started_ms = 0;
  int64_t now_ms = 0;
  /// What opening the data directory found, a line each.
  std::vector<std::string> recovery;
  /// What is wrong now, a line each.
  std::vector<std::string> problems;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, topic_info& x) {
  return f(caf::meta::type_name("topic_info"), x.id, x.name, x.created_index,
           x.settings, x.is_internal);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, metadata_update& x) {
  return f(caf::meta::type_name("metadata_update"), x.index, x.is_whole,
           x.changed, x.removed);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, producer_identity& x) {
  return f(caf::meta::type_name("producer_identity"), x.producer_id,
           x.producer_epoch);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_status& x) {
  return f(caf::meta::type_name("node_status"), x.cluster_id, x.node_id,
           x.version, x.data_directory, x.metadata_index, x.metadata_term,
           x.topics, x.partitions, x.partitions_offline, x.groups, x.consumers,
           x.log_bytes, x.disk_free_bytes, x.started_ms, x.now_ms, x.recovery,
           x.problems);
}

} // namespace troupe
