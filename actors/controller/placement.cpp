#include "actors/controller/placement.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace troupe {

namespace {

bool contains(const std::vector<uint32_t>& xs, uint32_t x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

/// Whether a replica is in this rack; a node without rack is a rack of its own.
bool is_rack_taken(const std::vector<node_load>& nodes,
                   const std::vector<uint32_t>& replicas,
                   const std::string& rack) {
  return !rack.empty()
         && std::any_of(nodes.begin(), nodes.end(), [&](const auto& x) {
              return x.rack == rack && contains(replicas, x.id);
            });
}

} // namespace

void place_replicas(std::vector<node_load>& nodes,
                    std::vector<uint32_t>& replicas, uint32_t factor) {
  while (replicas.size() < factor) {
    auto leads = replicas.empty();
    auto cost = [&](const node_load& x) {
      return std::tuple{is_rack_taken(nodes, replicas, x.rack),
                        leads ? x.leaders : x.replicas,
                        leads ? x.replicas : x.leaders, x.id};
    };
    node_load* best = nullptr;
    for (auto& x : nodes)
      if (!contains(replicas, x.id) && (!best || cost(x) < cost(*best)))
        best = &x;
    if (!best)
      return;
    replicas.push_back(best->id);
    ++best->replicas;
    if (leads)
      ++best->leaders;
  }
}

partition_placement first_placement(std::vector<uint32_t> replicas) {
  partition_placement result;
  result.in_sync = replicas;
  result.leader = replicas.empty() ? 0 : replicas.front();
  result.replicas = std::move(replicas);
  result.leader_epoch = 1;
  result.epoch = 1;
  return result;
}

} // namespace troupe
