#pragma once

#include "actors/controller/cluster_plan.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include "tests/catch.hpp"

namespace troupe::testing {

using nodes = std::vector<uint32_t>;

/// Metadata of a cluster, changed by what is planned.
struct fixture {
  void carry_out(const std::vector<command>& plan) {
    for (const auto& x : plan) {
      auto change = state.apply(x, 1);
      if (!change)
        FAIL(what(change.error()));
      last = change->update;
    }
  }

  void carry_out(const caf::expected<command>& plan) {
    if (!plan)
      FAIL(what(plan.error()));
    carry_out(std::vector<command>{*plan});
  }

  static node_info info(uint32_t id, uint64_t life = 1, uint64_t disk = 1) {
    node_info result;
    result.id = id;
    result.address = "node-" + std::to_string(id) + ":4160";
    result.incarnation = {id, life};
    result.directory_id = {id, disk};
    return result;
  }

  void start(uint32_t id, uint64_t life = 1, uint64_t disk = 1) {
    carry_out(plan_registration(state, info(id, life, disk)));
    carry_out(plan_unfence(state, id));
  }

  topic_info create(const std::string& name, int32_t partitions,
                    uint32_t factor = 0) {
    topic_spec spec{name, partitions, {}, factor};
    carry_out(state.plan_create(spec, false));
    return state.topics().at(name);
  }

  const partition_placement& at(const std::string& topic, size_t i = 0) const {
    return state.topics().at(topic).placement.at(i);
  }

  topic_partition id_of(const std::string& topic, int32_t i = 0) const {
    return {state.topics().at(topic).id, i};
  }

  /// As all nodes have them.
  std::vector<node_disk> disks() const {
    std::vector<node_disk> result;
    for (const auto& [id, node] : state.nodes())
      result.push_back({id, node.directory_id});
    return result;
  }

  /// The leader finds that so many are in sync.
  caf::expected<command> change(const std::string& topic, nodes in_sync) const {
    partition_change x{id_of(topic), at(topic), disks()};
    ++x.wanted.epoch;
    x.wanted.in_sync = std::move(in_sync);
    return state.plan_change(x);
  }

  metadata state{{{1, 2}, 1000, 4, 3}};
  metadata_update last;
};

struct three_nodes : fixture {
  three_nodes() {
    for (uint32_t id : {1, 2, 3})
      start(id);
  }
};

} // namespace troupe::testing
