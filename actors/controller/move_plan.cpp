// How replicas come to other nodes: the second half of cluster_plan.hpp.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "actors/controller/cluster_plan.hpp"
#include "actors/controller/levels.hpp"

namespace troupe {

namespace {

bool contains(const std::vector<uint32_t>& xs, uint32_t x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

/// What the placement becomes when it begins to move: all replicas, old and
/// new, until the new ones are in sync.
partition_placement begin_move(partition_placement x,
                               std::vector<uint32_t> target) {
  auto replicas = target;
  for (auto node : x.replicas)
    if (!contains(replicas, node))
      replicas.push_back(node);
  x.replicas = std::move(replicas);
  x.moving_to = std::move(target);
  finish_move(x);
  ++x.epoch;
  return x;
}

/// Makes the replica the preferred leader that is it least often, if that makes
/// a difference: nodes that came later are to lead, too.
void prefer_least_loaded(std::vector<node_load>& nodes,
                         std::vector<uint32_t>& replicas) {
  auto load_of = [&](uint32_t id) -> node_load* {
    auto i = std::find_if(nodes.begin(), nodes.end(),
                          [&](const auto& x) { return x.id == id; });
    return i == nodes.end() ? nullptr : &*i;
  };
  auto* now = load_of(replicas.front());
  for (auto& id : replicas) {
    auto* other = load_of(id);
    if (!now || !other || other->leaders + 1 >= now->leaders)
      continue;
    --now->leaders;
    ++other->leaders;
    std::swap(id, replicas.front());
    now = other;
  }
}

uint32_t factor_of(const metadata& x, const topic_info& topic) {
  return topic.replication_factor == 0 ? x.rules().replication_factor
                                       : topic.replication_factor;
}

/// Where the replicas of a partition are to be, without nodes that are drained
/// and with as many as there are to be.
std::vector<uint32_t> target_of(const metadata& x, const topic_info& topic,
                                const partition_placement& now,
                                std::vector<node_load>& nodes) {
  std::vector<uint32_t> result;
  for (auto node : now.replicas) {
    auto i = x.nodes().find(node);
    if (i != x.nodes().end() && !i->second.is_draining)
      result.push_back(node);
  }
  auto factor = factor_of(x, topic);
  // Replicas are lost by an order only.
  auto before = result.size();
  factor = std::max(factor, static_cast<uint32_t>(before));
  place_replicas(nodes, result, factor);
  if (result.size() > before)
    prefer_least_loaded(nodes, result);
  return result;
}

/// A move towards nodes that are drained by now goes elsewhere; what these do
/// not have yet, they never get.
std::optional<partition_placement> redirect(const metadata& x,
                                            partition_placement now,
                                            std::vector<node_load>& nodes) {
  auto is_drained = [&](uint32_t node) {
    auto i = x.nodes().find(node);
    return i == x.nodes().end() || i->second.is_draining;
  };
  auto target = now.moving_to;
  std::erase_if(target, is_drained);
  if (target.size() == now.moving_to.size())
    return std::nullopt;
  place_replicas(nodes, target, static_cast<uint32_t>(now.moving_to.size()));
  // With nowhere else to go it stays with those that have it.
  if (target.empty())
    target = now.in_sync;
  std::erase_if(now.replicas, [&](uint32_t node) {
    return is_drained(node) && contains(now.moving_to, node)
           && !contains(now.in_sync, node) && node != now.leader;
  });
  return begin_move(std::move(now), std::move(target));
}

caf::expected<const partition_placement*> find(const metadata& x,
                                               const topic_partition& id) {
  const auto* topic = x.find(id.topic);
  if (!topic)
    return make_error(ec::unknown_topic,
                      "no topic of id " + to_string(id.topic));
  if (id.partition < 0 || id.partition >= topic->partitions())
    return make_error(ec::unknown_partition,
                      fmt::format("{}-{}: no such partition; the topic has {}",
                                  topic->name, id.partition,
                                  topic->partitions()));
  if (topic->placement.empty())
    return make_error(ec::not_available, "it is not placed yet");
  return &topic->placement[static_cast<size_t>(id.partition)];
}

caf::error check_node(const metadata& x, uint32_t node) {
  if (x.nodes().contains(node))
    return caf::none;
  return make_error(ec::invalid_argument,
                    fmt::format("there is no node {}; 'troupe cluster status' "
                                "shows all",
                                node));
}

caf::expected<std::vector<command>> plan_move(const metadata& x,
                                              const cluster_order& order) {
  auto now = find(x, order.partition);
  if (!now)
    return now.error();
  if (order.nodes.empty())
    return make_error(ec::invalid_argument,
                      "a partition has one replica at least");
  std::set<uint32_t> distinct(order.nodes.begin(), order.nodes.end());
  if (distinct.size() != order.nodes.size())
    return make_error(ec::invalid_argument,
                      "a node holds a partition once at most");
  for (auto node : order.nodes) {
    if (auto error = check_node(x, node))
      return error;
    // It would be moved off at once.
    if (x.nodes().at(node).is_draining)
      return make_error(ec::invalid_argument,
                        fmt::format("node {0} is being drained; 'troupe "
                                    "cluster undrain {0}' first",
                                    node));
  }
  // Fewer would be made as many again at once.
  const auto& topic = *x.find(order.partition.topic);
  auto wanted = std::min<size_t>(factor_of(x, topic), loads_of(x).size());
  if (order.nodes.size() < wanted)
    return make_error(ec::invalid_argument,
                      fmt::format("{} is to have {} replicas of each partition "
                                  "(its replication factor), and {} would be "
                                  "left",
                                  topic.name, wanted, order.nodes.size()));
  return std::vector<command>{
    set_partitions{{{order.partition, begin_move(**now, order.nodes)}}}};
}

caf::expected<std::vector<command>> plan_unclean(const metadata& x,
                                                 const cluster_order& order) {
  auto now = find(x, order.partition);
  if (!now)
    return now.error();
  auto wanted = **now;
  if (wanted.leader != 0)
    return make_error(ec::invalid_argument,
                      fmt::format("node {} leads it; nothing is lost while one "
                                  "does",
                                  wanted.leader));
  auto i = x.nodes().find(order.node);
  if (!contains(wanted.replicas, order.node) || i == x.nodes().end()
      || i->second.is_fenced)
    return make_error(
      ec::invalid_argument,
      fmt::format("node {} is no living replica of it", order.node));
  wanted.in_sync = {order.node};
  wanted.leader = order.node;
  ++wanted.leader_epoch;
  ++wanted.epoch;
  return std::vector<command>{
    set_partitions{{{order.partition, std::move(wanted)}}}};
}

caf::expected<std::vector<command>> plan_removal(const metadata& x,
                                                 uint32_t node) {
  if (auto error = check_node(x, node))
    return error;
  uint32_t held = 0;
  for (const auto& [name, topic] : x.topics())
    for (const auto& placement : topic.placement)
      held += contains(placement.replicas, node) ? 1 : 0;
  if (held > 0)
    return make_error(ec::not_available,
                      fmt::format("node {} holds {} replicas; 'troupe cluster "
                                  "drain {}' moves them off first",
                                  node, held, node));
  if (!x.nodes().at(node).is_fenced)
    return make_error(ec::not_available,
                      fmt::format("node {} runs; stop it first", node));
  return std::vector<command>{remove_node{node}};
}

} // namespace

void finish_move(partition_placement& x) {
  auto is_in_sync = [&](uint32_t node) { return contains(x.in_sync, node); };
  if (x.moving_to.empty()
      || !std::all_of(x.moving_to.begin(), x.moving_to.end(), is_in_sync))
    return;
  x.replicas = std::exchange(x.moving_to, {});
  std::erase_if(x.in_sync,
                [&](uint32_t node) { return !contains(x.replicas, node); });
  if (contains(x.replicas, x.leader))
    return;
  x.leader = x.replicas.front();
  ++x.leader_epoch;
}

std::vector<command> plan_moves(const metadata& x, uint32_t moves_max) {
  set_partitions result;
  auto nodes = loads_of(x);
  auto moving = count_moving(x);
  for (const auto& [name, topic] : x.topics())
    for (size_t i = 0; i < topic.placement.size(); ++i) {
      const auto& now = topic.placement[i];
      if (now.leader == 0)
        continue;
      if (!now.moving_to.empty()) {
        if (auto other = redirect(x, now, nodes))
          result.changes.push_back(
            {{topic.id, static_cast<int32_t>(i)}, std::move(*other)});
        continue;
      }
      // Those behind it may have to go elsewhere.
      if (moving >= moves_max)
        continue;
      auto target = target_of(x, topic, now, nodes);
      if (target == now.replicas || target.empty())
        continue;
      result.changes.push_back({{topic.id, static_cast<int32_t>(i)},
                                begin_move(now, std::move(target))});
      ++moving;
    }
  if (result.changes.empty())
    return {};
  return {std::move(result)};
}

std::vector<command> plan_rebalance(const metadata& x) {
  set_partitions result;
  std::map<uint32_t, node_load> nodes;
  for (auto& node : loads_of(x))
    nodes.emplace(node.id, node);
  if (nodes.size() < 2)
    return {};
  auto least = [&](const std::vector<uint32_t>& except) {
    node_load* best = nullptr;
    for (auto& [id, node] : nodes)
      if (!contains(except, id) && (!best || node.replicas < best->replicas))
        best = &node;
    return best;
  };
  for (const auto& [name, topic] : x.topics())
    for (size_t i = 0; i < topic.placement.size(); ++i) {
      const auto& now = topic.placement[i];
      if (!now.moving_to.empty() || now.leader == 0)
        continue;
      // Those that are fenced or drained stay as they are.
      if (!std::all_of(now.replicas.begin(), now.replicas.end(),
                       [&](uint32_t id) { return nodes.contains(id); }))
        continue;
      auto target = now.replicas;
      // From the fullest replica to the emptiest node, if both gain.
      auto fullest = std::max_element(
        target.begin(), target.end(), [&](uint32_t a, uint32_t b) {
          return nodes.at(a).replicas < nodes.at(b).replicas;
        });
      auto* to = least(target);
      if (auto& from = nodes.at(*fullest);
          to && from.replicas > to->replicas + 1) {
        auto leads = fullest == target.begin();
        --from.replicas;
        ++to->replicas;
        from.leaders -= leads ? 1 : 0;
        to->leaders += leads ? 1 : 0;
        *fullest = to->id;
      }
      auto fewest = std::min_element(
        target.begin(), target.end(), [&](uint32_t a, uint32_t b) {
          return nodes.at(a).leaders < nodes.at(b).leaders;
        });
      if (auto& first = nodes.at(target.front()), &other = nodes.at(*fewest);
          first.leaders > other.leaders + 1) {
        --first.leaders;
        ++other.leaders;
        std::iter_swap(target.begin(), fewest);
      }
      if (target != now.replicas)
        result.changes.push_back({{topic.id, static_cast<int32_t>(i)},
                                  begin_move(now, std::move(target))});
    }
  if (result.changes.empty())
    return {};
  return {std::move(result)};
}

caf::expected<std::vector<command>> plan_order(const metadata& x,
                                               const cluster_order& order) {
  using kind = cluster_order::kind;
  switch (order.what) {
    case kind::drain:
    case kind::undrain: {
      if (auto error = check_node(x, order.node))
        return error;
      auto wanted = state_of(x.nodes().at(order.node));
      wanted.is_draining = order.what == kind::drain;
      return std::vector<command>{wanted};
    }
    case kind::promote:
    case kind::demote: {
      if (auto error = check_node(x, order.node))
        return error;
      auto wanted = state_of(x.nodes().at(order.node));
      wanted.is_standby = order.what == kind::demote;
      return std::vector<command>{wanted};
    }
    case kind::move:
      return plan_move(x, order);
    case kind::rebalance:
      return plan_rebalance(x);
    case kind::remove:
      return plan_removal(x, order.node);
    case kind::elect:
      return plan_unclean(x, order);
    case kind::upgrade:
      return plan_upgrade(x, order.level);
    default:
      return make_error(ec::invalid_argument, "no order about the metadata");
  }
}

uint32_t count_moving(const metadata& x) {
  uint32_t result = 0;
  for (const auto& [name, topic] : x.topics())
    for (const auto& placement : topic.placement)
      result += placement.moving_to.empty() ? 0 : 1;
  return result;
}

} // namespace troupe
