#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "actors/protocol/cluster_messages.hpp"
#include "actors/protocol/metrics_messages.hpp"

namespace troupe::cli {

class client;

/// What monitoring wants of a whole cluster: what its nodes say, side by side
/// and added up.
struct cluster_metrics {
  cluster_status status;
  std::vector<topic_info> topics;
  /// Of the nodes that answered.
  std::map<uint32_t, node_metrics> nodes;
  /// Why the others did not, by node.
  std::map<uint32_t, std::string> unreached;
  /// Of topics that do not say otherwise.
  uint32_t min_insync_replicas = 1;
};

/// Asks all nodes; those that are down, or do not answer, are `unreached`.
/// `own`: of the node that `to` is connected to. Error: the controllers have no
/// leader to say who there is.
caf::expected<cluster_metrics> look_at_metrics(client& to,
                                               const node_metrics& own);

boost::json::object to_json(const cluster_metrics& x);

} // namespace troupe::cli
