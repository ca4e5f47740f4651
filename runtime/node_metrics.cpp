// What a node counts and measures, for monitoring.

#include <algorithm>
#include <chrono>
#include <utility>

#include "runtime/gather.hpp"
#include "runtime/node.hpp"

namespace troupe {

namespace {

/// How long one role may take: who looks is not to wait for one that hangs.
constexpr caf::timespan metrics_timeout = 5s;

/// Of a follower that has not asked yet nothing is known to be there.
int64_t lag_of(const partition_status& leader, const replica_status& x) {
  return std::max<int64_t>(0, leader.log_end
                                - std::max(x.log_end, leader.log_start));
}

void add_lags(std::vector<replica_lag>& to, const partition_status& x) {
  for (const auto& replica : x.replicas) {
    auto records = lag_of(x, replica);
    auto time =
      std::chrono::duration_cast<milliseconds>(replica.behind_for).count();
    if (records > 0)
      to.push_back({x.id, replica.node, records, time});
  }
}

} // namespace

node_metrics node_state::own_metrics() const {
  const auto& config = cast_->config();
  node_metrics result;
  result.node_id = config.settings.node_id;
  result.started_ms = started_ms_;
  result.now_ms = now_ms(self, config.epoch);
  result.metadata_index = metadata_index_;
  result.min_insync_replicas = config.settings.cluster.min_insync_replicas;
  for (const auto& [id, node] : nodes_)
    if (id != config.settings.node_id) {
      ++result.peers;
      result.peers_connected += door_of(id) ? 1 : 0;
    }
  result.replication = cast_->replication();
  if (config.links)
    result.links = config.links();
  if (config.sync_times)
    result.syncs = config.sync_times();
  return result;
}

std::map<topic_partition, partition_actor> node_state::led_here() const {
  std::map<topic_partition, partition_actor> result;
  for (const auto& [id, hosted] : partitions_)
    if (leader_of(id) == cast_->config().settings.node_id)
      result.emplace(id, hosted.handle);
  return result;
}

caf::result<node_metrics> node_state::metrics() {
  auto promise = self->make_response_promise<node_metrics>();
  if (!is_clustered()) {
    promise.deliver(own_metrics());
    return promise;
  }
  // A partition that does not answer has lags that are not known: the other
  // figures are wanted then most of all.
  auto add_replicas = [=, this](const controller_metrics& controller) {
    auto led = led_here();
    std::vector<partition_actor> handles;
    for (const auto& [id, handle] : led)
      if (handle)
        handles.push_back(handle);
    auto deliver = [=, this](const std::vector<partition_status>& all) mutable {
      auto result = own_metrics();
      result.controller = controller;
      for (const auto& x : all) {
        add_lags(result.lags, x);
        led.erase(x.id);
      }
      for (const auto& [id, handle] : led)
        result.lags.push_back({id, 0, -1, -1});
      promise.deliver(std::move(result));
    };
    gather<partition_status>(self, handles, metrics_timeout, deliver,
                             status_atom_v);
  };
  self->request(controller_, metrics_timeout, metrics_atom_v)
    .then([=](const controller_metrics& x) { add_replicas(x); },
          [=](const caf::error&) { add_replicas({}); });
  return promise;
}

} // namespace troupe
