#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>
#include <caf/timespan.hpp>

#include "actors/protocol/ids.hpp"
#include "actors/protocol/metadata_messages.hpp"
#include "actors/protocol/partition_messages.hpp"

/// What the nodes of a cluster say to each other.
namespace troupe {

// -- being alive -------------------------------------------------------------

/// A node says again and again who it is, and that it lives.
struct node_beat {
  node_info about;
  /// What it knows.
  uint64_t metadata_index = 0;
  /// It is about to stop: others are to lead.
  bool is_leaving = false;
  /// By a controller that knows of no leader: not to another such one.
  bool is_passed_on = false;
};

/// What the controllers' leader answers.
struct node_lease {
  /// From when it was asked for: so long the node may lead.
  caf::timespan length{0};
  /// So long nobody takes it for dead, not even when its connection is lost.
  caf::timespan fresh{0};
  /// Partitions that the node leads, by the newest metadata; of one that is
  /// about to stop: those that others may still take over.
  uint32_t leads = 0;
  uint64_t metadata_index = 0;
};

// -- replicas ----------------------------------------------------------------

/// A replica's part from now on, by the newest metadata.
struct replica_role {
  partition_placement placement;
  /// As the topic is set, or the cluster; at most as many as there are
  /// replicas.
  uint32_t min_insync_replicas = 1;
};

/// A replica asks its leader for what it lacks.
struct replica_fetch {
  uint32_t node = 0;
  /// Where it has its log: what another disk had does not count.
  uuid directory_id;
  /// The leader's, as the replica knows it.
  int32_t leader_epoch = 0;
  /// Its end, and the epoch of the record before it (-1: there is none).
  int64_t offset = 0;
  int32_t last_epoch = -1;
  /// What is below is durable there.
  int64_t synced_end = 0;
  uint64_t bytes_max = 256 * kib;
  caf::timespan wait_max{0};
};

struct replica_records {
  /// `diverged`: it has to cut its log down to `diverging_end` first;
  /// `below_start`: its log has to begin anew at `log_start`.
  fetch_status status = fetch_status::ok;
  std::vector<record_batch> batches;
  int64_t log_start = 0;
  int64_t high_watermark = 0;
  /// Somebody waits until it is durable up to here.
  int64_t sync_wanted = 0;
  int64_t diverging_end = -1;
};

/// A node with its disk: what is known of a copy, or of a vote, is known of
/// that disk, and not of another one that comes in its place.
struct node_disk {
  uint32_t node = 0;
  uuid directory_id;

  friend auto operator<=>(const node_disk&, const node_disk&) = default;
};

/// A leader asks for another in-sync set: refused unless `wanted.epoch` is one
/// above what the controller has, and `disks` has the disk of each node that is
/// to come in.
struct partition_change {
  topic_partition id;
  partition_placement wanted;
  std::vector<node_disk> disks = {};

  friend bool operator==(const partition_change&,
                         const partition_change&) = default;
};

// -- governing ---------------------------------------------------------------

/// What an operator wants of the cluster.
struct cluster_order {
  enum class kind : uint8_t {
    /// Moves all replicas off `node`, and puts no new ones there; `undrain`
    /// ends that.
    drain,
    undrain,
    /// Gives `partition` the replicas `nodes`.
    move,
    /// Spreads replicas and leaders evenly.
    rebalance,
    /// Forgets `node`, which holds nothing any more.
    remove,
    /// Makes `node` a voter, or no longer one.
    promote,
    demote,
    /// Hands the controllers' leadership to `node`; 0: to any other.
    transfer,
    /// Makes `node` the leader of `partition` though it is not in sync: what it
    /// lacks is lost.
    elect,
    /// Raises the feature level to `level`; 0: as far as nodes support.
    upgrade,
    /// Has `node` stop, and its process begin anew.
    restart,
  };

  kind what = kind::rebalance;
  uint32_t node = 0;
  topic_partition partition;
  std::vector<uint32_t> nodes;
  uint32_t level = 0;
  /// The process that is to stop for a restart: not the one that follows it.
  uuid incarnation = {};
};

/// One of those that agree on the metadata.
struct quorum_member {
  uint32_t node = 0;
  std::string address;
  /// voter, standby, spare
  std::string role;
  /// It answered the leader within the last election timeout.
  bool answers = false;
  /// Entries of the leader's log that it is not known to have.
  uint64_t behind = 0;
};

/// The cluster as its controllers' leader has it.
struct cluster_status {
  uint32_t leader = 0;
  uint64_t term = 0;
  uint64_t metadata_index = 0;
  std::vector<quorum_member> members;
  /// As many of them are to vote, once there are so many nodes.
  uint32_t voters = 0;
  std::vector<node_info> nodes;
  /// Replicas that are still being filled for a move.
  uint32_t partitions_moving = 0;
  /// The feature level; 0: the cluster is being formed.
  uint32_t level = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_beat& x) {
  return f(caf::meta::type_name("node_beat"), x.about, x.metadata_index,
           x.is_leaving, x.is_passed_on);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_lease& x) {
  return f(caf::meta::type_name("node_lease"), x.length, x.fresh, x.leads,
           x.metadata_index);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, replica_role& x) {
  return f(caf::meta::type_name("replica_role"), x.placement,
           x.min_insync_replicas);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, replica_fetch& x) {
  return f(caf::meta::type_name("replica_fetch"), x.node, x.directory_id,
           x.leader_epoch, x.offset, x.last_epoch, x.synced_end, x.bytes_max,
           x.wait_max);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, replica_records& x) {
  return f(caf::meta::type_name("replica_records"), x.status, x.batches,
           x.log_start, x.high_watermark, x.sync_wanted, x.diverging_end);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_disk& x) {
  return f(caf::meta::type_name("node_disk"), x.node, x.directory_id);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, partition_change& x) {
  return f(caf::meta::type_name("partition_change"), x.id, x.wanted, x.disks);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cluster_order& x) {
  return f(caf::meta::type_name("cluster_order"), x.what, x.node, x.partition,
           x.nodes, x.level, x.incarnation);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, quorum_member& x) {
  return f(caf::meta::type_name("quorum_member"), x.node, x.address, x.role,
           x.answers, x.behind);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cluster_status& x) {
  return f(caf::meta::type_name("cluster_status"), x.leader, x.term,
           x.metadata_index, x.members, x.voters, x.nodes, x.partitions_moving,
           x.level);
}

} // namespace troupe
