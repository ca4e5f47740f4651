#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "actors/coordinator/coordinator.hpp"
#include "runtime/simulation/virtual_system.hpp"
#include "tests/actors/coordinator/scripted_member.hpp"
#include "tests/actors/coordinator/stand_ins.hpp"

namespace troupe::stage {

/// Each partition is held by one member, and they share evenly.
inline bool is_shared(const std::vector<std::shared_ptr<member_data>>& members,
                      size_t partitions) {
  std::set<topic_partition> held;
  size_t count = 0;
  for (const auto& x : members) {
    if (x->owned.size() < partitions / members.size() || !x->draining.empty())
      return false;
    count += x->owned.size();
    for (const auto& [p, y] : x->owned)
      held.insert(p);
  }
  return held.size() == partitions && count == partitions;
}

/// A coordinator among its stand-ins, started again when it ends.
class coordinator_stage {
public:
  explicit coordinator_stage(uint64_t seed = 0)
    : sys(seed), shard_side(std::make_shared<shard_data>()),
      node_side(std::make_shared<node_data>()),
      coordinator_now(std::make_shared<coordinator_actor>()) {
    node_handle = sys.spawn(node, node_side);
    shard_handle = sys.spawn(shard, shard_side);
    start_coordinator();
  }

  void start_coordinator() {
    coordinator_config config;
    config.group = "sms";
    config.store = shard_handle;
    config.node = node_handle;
    config.limits = limits;
    config.epoch = sys.epoch();
    config.lease = lease;
    *coordinator_now = sys.spawn(coordinator, config);
  }

  /// Kills the coordinator, as a bug would.
  void kill_coordinator() {
    caf::anon_send_exit(*coordinator_now, caf::exit_reason::kill);
    sys.run();
    start_coordinator();
  }

  topic_id add_topic(const std::string& name, int32_t partitions) {
    topic_info topic;
    topic.id = {77, node_side->topics.size() + 1};
    topic.name = name;
    node_side->topics[topic.id] = topic;
    grow_topic(topic.id, partitions);
    return topic.id;
  }

  void grow_topic(const topic_id& id, int32_t partitions) {
    auto& topic = node_side->topics.at(id);
    auto first = topic.partitions();
    topic.created_index.resize(static_cast<size_t>(partitions),
                               ++node_side->index);
    for (auto n = first; n < partitions; ++n) {
      topic_partition p{id, n};
      node_side->logs[p];
      node_side->partitions[p] = sys.spawn(partition, node_side, p);
    }
    for (const auto& x : node_side->listeners)
      caf::anon_send(x, update_atom_v,
                     metadata_update{node_side->index, false, {topic}, {}});
  }

  /// Spawns a member; what it holds is in the data returned.
  std::shared_ptr<member_data> add_member(const std::string& name,
                                          const std::string& instance = "",
                                          start_rule start = {}) {
    auto data = std::make_shared<member_data>();
    data->name = name;
    data->instance = instance;
    data->start = start;
    data->coordinator = coordinator_now;
    members[name] = sys.spawn(member, data);
    return data;
  }

  void kill_member(const std::string& name) {
    caf::anon_send_exit(members.at(name), caf::exit_reason::kill);
  }

  group_description describe() {
    auto result = sys.ask<group_description>(*coordinator_now, describe_atom_v);
    REQUIRE(result);
    return *result;
  }

  std::string state() {
    auto result = sys.ask<group_description>(*coordinator_now, describe_atom_v);
    return result ? result->state : what(result.error());
  }

  std::vector<std::string> causes() {
    auto events =
      sys.ask<std::vector<timeline_event>>(*coordinator_now, timeline_atom_v);
    std::vector<std::string> result;
    for (const auto& x : *events)
      result.push_back(x.cause);
    return result;
  }

  coordination_settings limits;
  /// As in a cluster; null: it is alone.
  std::shared_ptr<serving_lease> lease;
  simulation::virtual_system sys;
  std::shared_ptr<shard_data> shard_side;
  std::shared_ptr<node_data> node_side;
  std::shared_ptr<coordinator_actor> coordinator_now;
  node_actor node_handle;
  offset_store_actor shard_handle;
  std::map<std::string, consumer_actor> members;
};

} // namespace troupe::stage
