// The part of the metadata that only a cluster has: nodes and placements.

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "actors/controller/cluster_plan.hpp"
#include "actors/controller/levels.hpp"
#include "actors/controller/metadata.hpp"
#include "actors/controller/placement.hpp"

namespace troupe {

namespace {

caf::error misfit(std::string text) {
  return make_error(ec::corrupt_log, std::move(text));
}

bool is_subset(const std::vector<uint32_t>& xs,
               const std::vector<uint32_t>& of) {
  return std::all_of(xs.begin(), xs.end(), [&](uint32_t x) {
    return std::find(of.begin(), of.end(), x) != of.end();
  });
}

/// Why a placement cannot be; empty: it can.
std::string flaw_of(const partition_placement& x) {
  if (x.replicas.empty())
    return "it has no replica";
  auto sorted = x.replicas;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
    return "a replica is named twice";
  if (sorted.front() == 0)
    return "a replica is on no node";
  if (!is_subset(x.in_sync, x.replicas))
    return "one in sync is no replica";
  if (x.leader != 0 && !is_subset({x.leader}, x.in_sync))
    return "its leader is not in sync";
  return "";
}

} // namespace

// -- plans -------------------------------------------------------------------

caf::expected<std::vector<partition_placement>> metadata::place(
  const std::string& topic, uint32_t factor, int32_t count) const {
  if (nodes_.empty() && factor <= 1)
    return std::vector<partition_placement>{};
  if (nodes_.empty())
    return make_error(ec::not_available,
                      fmt::format("topic '{}': {} replicas of each partition "
                                  "asked for, and this is a single node, not a "
                                  "cluster: it keeps one",
                                  topic, factor));
  auto nodes = loads_of(*this);
  if (nodes.size() < std::max(factor, 1u))
    return make_error(ec::not_available,
                      fmt::format("topic '{}': {} replicas of each partition "
                                  "asked for, and {} nodes can take some now",
                                  topic, std::max(factor, 1u), nodes.size()));
  if (factor == 0)
    factor = rules_.replication_factor;
  std::vector<partition_placement> result;
  for (int32_t i = 0; i < count; ++i) {
    std::vector<uint32_t> replicas;
    place_replicas(nodes, replicas, factor);
    result.push_back(first_placement(std::move(replicas)));
  }
  return result;
}

caf::expected<command> metadata::plan_change(
  const partition_change& x, const std::set<uint32_t>& leaving) const {
  const auto* topic = find(x.id.topic);
  if (!topic)
    return make_error(ec::unknown_topic,
                      "no topic of id " + to_string(x.id.topic));
  auto at = static_cast<size_t>(x.id.partition);
  if (x.id.partition < 0 || at >= topic->placement.size())
    return make_error(ec::unknown_partition,
                      fmt::format("{}-{}: no such partition is placed",
                                  topic->name, x.id.partition));
  const auto& now = topic->placement[at];
  if (x.wanted.epoch != now.epoch + 1
      || x.wanted.leader_epoch != now.leader_epoch
      || x.wanted.leader != now.leader)
    return make_error(ec::stale_partition_epoch,
                      fmt::format("{}-{} has epoch {} and leader {} of epoch "
                                  "{}; a change to {}, by leader {} of {}",
                                  topic->name, x.id.partition, now.epoch,
                                  now.leader, now.leader_epoch, x.wanted.epoch,
                                  x.wanted.leader, x.wanted.leader_epoch));
  partition_change change{x.id, now, {}};
  change.wanted.epoch = x.wanted.epoch;
  change.wanted.in_sync = x.wanted.in_sync;
  if (auto flaw = flaw_of(change.wanted); !flaw.empty())
    return make_error(ec::invalid_argument,
                      fmt::format("{}-{}: no placement that can be: {}",
                                  topic->name, x.id.partition, flaw));
  for (auto node : x.wanted.in_sync) {
    if (is_subset({node}, now.in_sync))
      continue;
    auto i = nodes_.find(node);
    if (i == nodes_.end() || i->second.is_fenced || leaving.contains(node))
      return make_error(ec::invalid_argument,
                        fmt::format("{}-{}: node {} is fenced, or about to "
                                    "stop, and not in sync with anybody",
                                    topic->name, x.id.partition, node));
    // The leader may not have heard that it lost what it had.
    node_disk disk{node, i->second.directory_id};
    if (std::find(x.disks.begin(), x.disks.end(), disk) == x.disks.end())
      return make_error(ec::invalid_argument,
                        fmt::format("{}-{}: node {} has another disk than the "
                                    "one that is in sync",
                                    topic->name, x.id.partition, node));
  }
  finish_move(change.wanted);
  return command{set_partitions{{std::move(change)}}};
}

// -- commands ----------------------------------------------------------------

caf::error metadata::apply(const register_node& x, metadata_change& change) {
  if (x.about.id == 0)
    return misfit("a node without id registered");
  nodes_[x.about.id] = x.about;
  change.update.nodes_changed = {x.about};
  return caf::none;
}

caf::error metadata::apply(const set_node_state& x, metadata_change& change) {
  auto i = nodes_.find(x.node);
  if (i == nodes_.end())
    return misfit(fmt::format("state of node {}, which is not there", x.node));
  i->second.is_fenced = x.is_fenced;
  i->second.is_draining = x.is_draining;
  i->second.is_standby = x.is_standby;
  change.update.nodes_changed = {i->second};
  return caf::none;
}

caf::error metadata::apply(const remove_node& x, metadata_change& change) {
  if (nodes_.erase(x.node) == 0)
    return misfit(fmt::format("node {} was removed twice", x.node));
  change.update.nodes_removed = {x.node};
  return caf::none;
}

caf::error metadata::check(const partition_change& x) const {
  const auto* topic = find(x.id.topic);
  if (!topic || x.id.partition < 0 || x.id.partition >= topic->partitions())
    return misfit(
      fmt::format("partition {} placed, which is not there", to_string(x.id)));
  auto flaw = flaw_of(x.wanted);
  if (!topic->placement.empty()) {
    const auto& now = topic->placement[static_cast<size_t>(x.id.partition)];
    if (x.wanted.epoch <= now.epoch || x.wanted.leader_epoch < now.leader_epoch)
      flaw =
        fmt::format("epochs {} and {} do not follow {} and {}", x.wanted.epoch,
                    x.wanted.leader_epoch, now.epoch, now.leader_epoch);
  }
  if (flaw.empty())
    return caf::none;
  return misfit(fmt::format("{}-{} cannot be placed so: {}", topic->name,
                            x.id.partition, flaw));
}

caf::error metadata::apply(const set_partitions& x, metadata_change& change) {
  // All or nothing.
  for (const auto& each : x.changes)
    if (auto error = check(each))
      return error;
  std::set<topic_id> changed;
  for (const auto& each : x.changes) {
    auto& topic = *find(each.id.topic);
    // It may be of a node that was a single one.
    topic.placement.resize(topic.created_index.size());
    topic.placement[static_cast<size_t>(each.id.partition)] = each.wanted;
    changed.insert(topic.id);
  }
  for (const auto& id : changed)
    change.update.changed.push_back(*find(id));
  return caf::none;
}

caf::error metadata::apply(const raise_level& x, metadata_change&) {
  if (x.level <= level_)
    return misfit(
      fmt::format("feature level {} does not follow {}", x.level, level_));
  // An old one may be of the past.
  if (x.level > rules_.levels.newest)
    return check_level(rules_.levels, x.level);
  level_ = x.level;
  return caf::none;
}

} // namespace troupe
