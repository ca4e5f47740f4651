#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>

#include "actors/protocol/feature_level.hpp"
#include "actors/protocol/ids.hpp"
#include "config/settings.hpp"

namespace troupe {

/// Who holds a partition of a cluster, and whose copy counts.
struct partition_placement {
  /// Nodes by id; the first one is preferred as leader.
  std::vector<uint32_t> replicas;
  /// Those that have all that was acknowledged.
  std::vector<uint32_t> in_sync;
  /// 0: nobody can, the partition is offline.
  uint32_t leader = 0;
  /// Grows when a leader takes over, be it the same one again.
  int32_t leader_epoch = 0;
  /// Grows with every change of what is here.
  uint32_t epoch = 0;
  /// The replicas that it is to have instead; empty: it is not being moved.
  std::vector<uint32_t> moving_to;

  friend bool operator==(const partition_placement&,
                         const partition_placement&) = default;
};

/// What the controller knows of a node of the cluster.
struct node_info {
  uint32_t id = 0;
  /// `host:port` at which it is reached.
  std::string address;
  std::string rack;
  /// Of its process: another one after each start.
  uuid incarnation;
  /// Of its data directory: another one when it comes back without its data.
  uuid directory_id;
  std::string version;
  /// That its program supports.
  level_range levels;
  /// It is not heard of, or not up to date: it leads nothing.
  bool is_fenced = true;
  /// It is to hold nothing.
  bool is_draining = false;
  /// An operator does not want its controller to vote.
  bool is_standby = false;

  friend bool operator==(const node_info&, const node_info&) = default;
};

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
  /// Per partition; empty: all are on the one node that there is.
  std::vector<partition_placement> placement = {};
  /// Of each partition; 0: as the cluster is set.
  uint32_t replication_factor = 0;

  int32_t partitions() const noexcept {
    return static_cast<int32_t>(created_index.size());
  }

  /// How many replicas a partition has; while some are moved: the first one.
  size_t replicas() const noexcept {
    return placement.empty() ? 1 : placement.front().replicas.size();
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
  /// Of a cluster: registered, or with another state; and gone.
  std::vector<node_info> nodes_changed = {};
  std::vector<uint32_t> nodes_removed = {};
  /// The feature level of a cluster; 0: it did not settle on one.
  uint32_t level = 0;
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
  /// Of the data directory; nil: of a single node.
  uuid directory_id;
  std::string version;
  std::string data_directory;
  uint64_t metadata_index = 0;
  int32_t metadata_term = 0;
  /// Of a cluster: its feature level, 0: it did not settle on one.
  uint32_t level = 0;
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
typename Inspector::result_type inspect(Inspector& f, partition_placement& x) {
  return f(caf::meta::type_name("partition_placement"), x.replicas, x.in_sync,
           x.leader, x.leader_epoch, x.epoch, x.moving_to);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_info& x) {
  return f(caf::meta::type_name("node_info"), x.id, x.address, x.rack,
           x.incarnation, x.directory_id, x.version, x.levels, x.is_fenced,
           x.is_draining, x.is_standby);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, topic_info& x) {
  return f(caf::meta::type_name("topic_info"), x.id, x.name, x.created_index,
           x.settings, x.is_internal, x.placement, x.replication_factor);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, metadata_update& x) {
  return f(caf::meta::type_name("metadata_update"), x.index, x.is_whole,
           x.changed, x.removed, x.nodes_changed, x.nodes_removed, x.level);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, producer_identity& x) {
  return f(caf::meta::type_name("producer_identity"), x.producer_id,
           x.producer_epoch);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_status& x) {
  return f(caf::meta::type_name("node_status"), x.cluster_id, x.node_id,
           x.directory_id, x.version, x.data_directory, x.metadata_index,
           x.metadata_term, x.level, x.topics, x.partitions,
           x.partitions_offline, x.groups, x.consumers, x.log_bytes,
           x.disk_free_bytes, x.started_ms, x.now_ms, x.recovery, x.problems);
}

} // namespace troupe
