#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/scenario_names.hpp"

/// The nodes of a scenario on a cluster, and what happens to them.
namespace troupe::scenario {

inline constexpr uint32_t nodes_max = 9;
inline constexpr uint32_t workers_max = 9;

struct node_spec {
  uint32_t id = 0;
  /// Replicas are spread over racks; empty: all nodes are alike.
  std::string rack;

  friend bool operator==(const node_spec&, const node_spec&) = default;
};

/// Gives a node a name, for later steps: who leads may be another one then.
struct name_node {
  host_name node;
  std::string name;
};

enum class node_end : uint8_t {
  /// kill -9: what was written stays.
  kill,
  /// What was not synced is gone too.
  power_cut,
  /// It comes back without anything it had.
  lost_disk,
};

/// Ends the process of a node or a worker at once, with the clients in it.
struct crash_node {
  host_name node;
  node_end how = node_end::kill;
};

/// Stops a node as an operator does: it hands over what it leads first.
struct stop_node {
  host_name node;
  milliseconds within = default_within;
};

/// Starts a node, or a worker, that was ended.
struct start_node {
  host_name node;
  /// The consumers that ended with it, under their names.
  bool restarts_consumers = true;
};

/// Stops and continues a process, as by SIGSTOP and SIGCONT.
struct pause_node {
  host_name node;
  bool is_paused = true;
};

/// Lines between each of `one` and each of `other`.
struct line_set {
  std::vector<host_name> one;
  std::vector<host_name> other;
  /// Only from `one` to `other`.
  bool is_one_way = false;
};

/// Nothing passes any more.
struct cut {
  line_set which;
};

/// It does again, as fast as at the beginning; without lines: everywhere.
struct heal {
  line_set which;
};

/// What passes takes so long, drawn anew each time.
struct slow {
  line_set which;
  milliseconds latency_min = 0ms;
  milliseconds latency_max = 0ms;
};

/// What an operator wants of the cluster.
struct govern {
  enum class order : uint8_t {
    /// Moves all replicas off `node`; lasts until it has none.
    drain,
    undrain,
    /// Gives `topic`, or one partition of it, these replicas, the first of them
    /// preferred as leader; lasts until it is so.
    move,
    /// Spreads replicas and leaders evenly.
    rebalance,
    /// Hands the controllers' leadership to `node`.
    transfer,
  };

  order what = order::rebalance;
  host_name node;
  std::string topic;
  std::optional<int32_t> partition;
  std::vector<host_name> nodes;
  milliseconds within = default_within;
};

/// One of these nodes (or, `is_not`, none of them); empty: nobody.
struct node_choice {
  std::vector<host_name> nodes;
  bool is_not = false;
};

/// Which nodes have all of a partition: exactly these, or so many.
struct in_sync_expectation {
  std::vector<host_name> nodes;
  std::optional<uint32_t> count;
};

} // namespace troupe::scenario
