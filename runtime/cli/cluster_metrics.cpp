#include "runtime/cli/cluster_metrics.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <boost/json/array.hpp>

#include "runtime/cli/client.hpp"
#include "runtime/json_view.hpp"

namespace troupe::cli {

namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

array numbers(const std::vector<uint32_t>& xs) {
  return array(xs.begin(), xs.end());
}

replication_metrics& operator+=(replication_metrics& x,
                                const replication_metrics& y) {
  x.bytes_in += y.bytes_in;
  x.bytes_out += y.bytes_out;
  x.elections_won += y.elections_won;
  x.in_sync_shrinks += y.in_sync_shrinks;
  x.in_sync_expands += y.in_sync_expands;
  return x;
}

link_metrics& operator+=(link_metrics& x, const link_metrics& y) {
  x.open += y.open;
  x.bytes_sent += y.bytes_sent;
  x.bytes_received += y.bytes_received;
  x.unanswered_bytes += y.unanswered_bytes;
  x.opened += y.opened;
  x.lost += y.lost;
  x.refused_tls += y.refused_tls;
  x.refused_garbage += y.refused_garbage;
  x.refused_other += y.refused_other;
  x.requests_refused += y.requests_refused;
  return x;
}

/// What the nodes say, put together.
struct totals {
  replication_metrics replication;
  link_metrics links;
  uint64_t controller_elections = 0;
  std::set<uint32_t> leaving;
  /// By partition and node.
  std::map<std::pair<topic_partition, uint32_t>, replica_lag> lags;
  /// Partitions whose leader did not answer for them.
  std::set<topic_partition> unknown;
};

totals add_up(const cluster_metrics& x) {
  totals result;
  for (const auto& [id, node] : x.nodes) {
    result.replication += node.replication;
    result.links += node.links;
    result.controller_elections += node.controller.elections_won;
    // Others may have led, and remember the past.
    if (id == x.status.leader)
      result.leaving.insert(node.controller.leaving.begin(),
                            node.controller.leaving.end());
    for (const auto& lag : node.lags)
      if (lag.records < 0)
        result.unknown.insert(lag.id);
      else
        result.lags[{lag.id, lag.node}] = lag;
  }
  return result;
}

struct partition_sums {
  uint32_t count = 0;
  uint32_t offline = 0;
  uint32_t under_replicated = 0;
  uint32_t under_min_in_sync = 0;
};

object to_json(const cluster_metrics& x, const totals& all,
               const topic_info& topic, int32_t number, partition_sums& sums) {
  const auto& placement = topic.placement[static_cast<size_t>(number)];
  topic_partition id{topic.id, number};
  auto wanted = topic.settings.min_insync_replicas > 0
                  ? topic.settings.min_insync_replicas
                  : x.min_insync_replicas;
  auto is_offline = placement.leader == 0;
  auto is_under_replicated =
    placement.in_sync.size() < placement.replicas.size();
  auto is_under_min = placement.in_sync.size()
                      < std::min<size_t>(wanted, placement.replicas.size());
  ++sums.count;
  sums.offline += is_offline ? 1 : 0;
  sums.under_replicated += is_under_replicated ? 1 : 0;
  sums.under_min_in_sync += is_under_min ? 1 : 0;
  auto is_known =
    x.nodes.contains(placement.leader) && !all.unknown.contains(id);
  array followers;
  for (auto node : placement.replicas) {
    if (node == placement.leader)
      continue;
    auto i = all.lags.find({id, node});
    auto lag = i == all.lags.end() ? replica_lag{} : i->second;
    followers.push_back(
      object{{"node", node},
             {"lag_records", is_known ? value(lag.records) : value(nullptr)},
             {"behind_ms", is_known ? value(lag.behind_ms) : value(nullptr)}});
  }
  return {{"topic", text_to_json(topic.name)},
          {"partition", number},
          {"leader", placement.leader},
          {"leader_epoch", placement.leader_epoch},
          {"replicas", numbers(placement.replicas)},
          {"in_sync", numbers(placement.in_sync)},
          {"moving_to", numbers(placement.moving_to)},
          {"offline", is_offline},
          {"under_replicated", is_under_replicated},
          {"under_min_in_sync", is_under_min},
          {"followers", std::move(followers)}};
}

object nodes_to_json(const cluster_metrics& x, const totals& all) {
  uint32_t fenced = 0;
  uint32_t draining = 0;
  array details;
  for (const auto& node : x.status.nodes) {
    fenced += node.is_fenced ? 1 : 0;
    draining += node.is_draining ? 1 : 0;
    auto known = x.nodes.find(node.id);
    auto why = x.unreached.find(node.id);
    details.push_back(object{
      {"node", node.id},
      {"fenced", node.is_fenced},
      {"draining", node.is_draining},
      {"leaving", all.leaving.contains(node.id)},
      {"metrics",
       known == x.nodes.end() ? value(nullptr) : to_json(known->second)},
      {"unreached",
       null_if_empty(why == x.unreached.end() ? std::string{} : why->second)}});
  }
  return {{"count", x.status.nodes.size()},
          {"alive", x.status.nodes.size() - fenced},
          {"fenced", fenced},
          {"draining", draining},
          {"leaving", all.leaving.size()},
          {"unreached", x.unreached.size()},
          {"details", std::move(details)}};
}

uint64_t with_role(const cluster_status& x, bool votes) {
  return static_cast<uint64_t>(
    std::count_if(x.members.begin(), x.members.end(),
                  [&](const auto& y) { return (y.role == "voter") == votes; }));
}

} // namespace

boost::json::object to_json(const cluster_metrics& x) {
  auto all = add_up(x);
  partition_sums sums;
  array details;
  for (const auto& topic : x.topics)
    for (size_t i = 0; i < topic.placement.size(); ++i)
      details.push_back(to_json(x, all, topic, static_cast<int32_t>(i), sums));
  return {{"controllers", object{{"leader", x.status.leader},
                                 {"term", x.status.term},
                                 {"metadata_index", x.status.metadata_index},
                                 {"voters", with_role(x.status, true)},
                                 {"observers", with_role(x.status, false)},
                                 {"elections", all.controller_elections}}},
          {"nodes", nodes_to_json(x, all)},
          {"partitions", object{{"count", sums.count},
                                {"offline", sums.offline},
                                {"under_replicated", sums.under_replicated},
                                {"under_min_in_sync", sums.under_min_in_sync},
                                {"moving", x.status.partitions_moving},
                                {"details", std::move(details)}}},
          {"replication", troupe::to_json(all.replication)},
          {"links", troupe::to_json(all.links)}};
}

caf::expected<cluster_metrics> look_at_metrics(client& to,
                                               const node_metrics& own) {
  auto status = to.ask<cluster_status>(to.node(), nodes_atom_v);
  if (!status)
    return status.error();
  auto topics = to.ask<std::vector<topic_info>>(to.node(), topics_atom_v);
  if (!topics)
    return topics.error();
  cluster_metrics result;
  result.status = std::move(*status);
  result.topics = std::move(*topics);
  result.min_insync_replicas = own.min_insync_replicas;
  result.nodes.emplace(own.node_id, own);
  for (const auto& node : result.status.nodes) {
    if (node.id == own.node_id)
      continue;
    if (node.is_fenced) {
      result.unreached[node.id] = "it is down";
      continue;
    }
    auto door = to.node_at(node.address);
    auto found = door ? to.ask<node_metrics>(*door, metrics_atom_v)
                      : caf::expected<node_metrics>{door.error()};
    if (found)
      result.nodes.emplace(node.id, std::move(*found));
    else
      result.unreached[node.id] = what(found.error());
  }
  return result;
}

} // namespace troupe::cli
