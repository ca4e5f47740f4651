#pragma once

#include <cstdint>
#include <vector>

#include <caf/meta/type_name.hpp>

#include "actors/protocol/ids.hpp"
#include "actors/protocol/latency_histogram.hpp"

/// What an operator watches, and a monitoring system stores. Totals are of the
/// process: they only grow, and begin at 0 when it starts.
namespace troupe {

/// A node's part in agreeing on the metadata.
struct controller_metrics {
  /// 0: it knows of none.
  uint32_t leader = 0;
  uint64_t term = 0;
  /// Of Raft's log: the last entry, and the last that was applied.
  uint64_t log_index = 0;
  uint64_t applied_index = 0;
  /// How often this one began to lead.
  uint64_t elections_won = 0;
  /// As only the leader knows: nodes that are about to stop.
  std::vector<uint32_t> leaving;
};

/// What the replicas of a node did, all together.
struct replication_metrics {
  /// Record batches written by followers here, and given to followers.
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
  /// How often a replica here began to lead.
  uint64_t elections_won = 0;
  /// How often one that leads here saw its in-sync set become smaller or
  /// larger.
  uint64_t in_sync_shrinks = 0;
  uint64_t in_sync_expands = 0;
};

/// What a follower lacks, as its leader knows it; node 0, and -1 for the rest:
/// the partition did not answer.
struct replica_lag {
  topic_partition id;
  uint32_t node = 0;
  int64_t records = 0;
  /// Since when.
  int64_t behind_ms = 0;
};

/// The connections of a node to other processes.
struct link_metrics {
  uint32_t open = 0;
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
  /// Sent, and not taken by the other sides yet.
  uint64_t unanswered_bytes = 0;
  uint64_t opened = 0;
  /// Of those, the ones that ended.
  uint64_t lost = 0;
  /// Ended before they were open: no encryption was agreed on; something else
  /// was said than links say, then or later; all the rest.
  uint64_t refused_tls = 0;
  uint64_t refused_garbage = 0;
  uint64_t refused_other = 0;
  /// What a certificate does not allow.
  uint64_t requests_refused = 0;
};

struct node_metrics {
  uint32_t node_id = 0;
  int64_t started_ms = 0;
  int64_t now_ms = 0;
  /// What the node itself goes by.
  uint64_t metadata_index = 0;
  /// Of topics that do not say otherwise.
  uint32_t min_insync_replicas = 1;
  /// Other nodes of the cluster that it reaches, of those it knows.
  uint32_t peers_connected = 0;
  uint32_t peers = 0;
  controller_metrics controller;
  replication_metrics replication;
  link_metrics links;
  /// How long it took to make files durable.
  latency_histogram syncs;
  /// Followers, of what is led here, that lack something.
  std::vector<replica_lag> lags;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, controller_metrics& x) {
  return f(caf::meta::type_name("controller_metrics"), x.leader, x.term,
           x.log_index, x.applied_index, x.elections_won, x.leaving);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, replication_metrics& x) {
  return f(caf::meta::type_name("replication_metrics"), x.bytes_in, x.bytes_out,
           x.elections_won, x.in_sync_shrinks, x.in_sync_expands);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, replica_lag& x) {
  return f(caf::meta::type_name("replica_lag"), x.id, x.node, x.records,
           x.behind_ms);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, link_metrics& x) {
  return f(caf::meta::type_name("link_metrics"), x.open, x.bytes_sent,
           x.bytes_received, x.unanswered_bytes, x.opened, x.lost,
           x.refused_tls, x.refused_garbage, x.refused_other,
           x.requests_refused);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_metrics& x) {
  return f(caf::meta::type_name("node_metrics"), x.node_id, x.started_ms,
           x.now_ms, x.metadata_index, x.min_insync_replicas, x.peers_connected,
           x.peers, x.controller, x.replication, x.links, x.syncs, x.lags);
}

} // namespace troupe
