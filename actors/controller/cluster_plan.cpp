#include "actors/controller/cluster_plan.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace troupe {

namespace {

bool contains(const std::vector<uint32_t>& xs, uint32_t x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

bool is_alive(const metadata& x, uint32_t node) {
  auto i = x.nodes().find(node);
  return i != x.nodes().end() && !i->second.is_fenced;
}

/// Makes the first living replica in sync that `may` lead the leader.
void elect(partition_placement& x,
           const std::function<bool(uint32_t)>& may_lead) {
  for (auto node : x.replicas)
    if (contains(x.in_sync, node) && may_lead(node)) {
      x.leader = node;
      ++x.leader_epoch;
      return;
    }
  x.leader = 0;
}

/// A command with what `change` did to placements; none: nothing.
std::vector<command> change_all(
  const metadata& x, const std::function<void(partition_placement&)>& change) {
  set_partitions result;
  for (const auto& [name, topic] : x.topics())
    for (size_t i = 0; i < topic.placement.size(); ++i) {
      auto wanted = topic.placement[i];
      change(wanted);
      if (wanted == topic.placement[i])
        continue;
      ++wanted.epoch;
      result.changes.push_back(
        {{topic.id, static_cast<int32_t>(i)}, std::move(wanted)});
    }
  if (result.changes.empty())
    return {};
  return {std::move(result)};
}

std::vector<command> operator+(std::vector<command> x, std::vector<command> y) {
  x.insert(x.end(), std::make_move_iterator(y.begin()),
           std::make_move_iterator(y.end()));
  return x;
}

command with_fence(const node_info& x, bool is_fenced) {
  auto result = state_of(x);
  result.is_fenced = is_fenced;
  return result;
}

/// Others lead what `node` leads; when none can, nobody does, or it goes on if
/// it `may_stay`.
void hand_over(const metadata& x, partition_placement& partition, uint32_t node,
               bool may_stay, const std::set<uint32_t>& leaving = {}) {
  if (partition.leader != node)
    return;
  auto without = partition;
  elect(without, [&](uint32_t other) {
    return other != node && is_alive(x, other) && !leaving.contains(other);
  });
  if (without.leader != 0 || !may_stay)
    partition = std::move(without);
}

/// The data of `node` is gone: no copy of it counts.
std::vector<command> forget_copies(const metadata& x, uint32_t node) {
  return change_all(x, [&](partition_placement& partition) {
    if (!contains(partition.in_sync, node))
      return;
    std::erase(partition.in_sync, node);
    if (partition.leader == node)
      elect(partition, [&](uint32_t other) { return is_alive(x, other); });
  });
}

} // namespace

std::vector<node_load> loads_of(const metadata& x) {
  std::vector<node_load> result;
  for (const auto& [id, node] : x.nodes())
    if (!node.is_fenced && !node.is_draining)
      result.push_back({id, node.rack, 0, 0});
  auto find = [&](uint32_t id) {
    return std::find_if(result.begin(), result.end(),
                        [&](const auto& y) { return y.id == id; });
  };
  for (const auto& [name, topic] : x.topics())
    for (const auto& placement : topic.placement) {
      const auto& replicas =
        placement.moving_to.empty() ? placement.replicas : placement.moving_to;
      for (auto node : replicas)
        if (auto i = find(node); i != result.end()) {
          ++i->replicas;
          i->leaders += node == replicas.front() ? 1 : 0;
        }
    }
  return result;
}

set_node_state state_of(const node_info& x) {
  return {x.id, x.is_fenced, x.is_draining, x.is_standby};
}

std::vector<command> plan_registration(const metadata& x,
                                       const node_info& about) {
  auto i = x.nodes().find(about.id);
  auto wanted = about;
  wanted.is_fenced = true;
  wanted.is_draining = false;
  wanted.is_standby = false;
  if (i == x.nodes().end())
    return {register_node{std::move(wanted)}};
  const auto& known = i->second;
  wanted.is_draining = known.is_draining;
  wanted.is_standby = known.is_standby;
  auto same = wanted;
  same.is_fenced = known.is_fenced;
  if (same == known)
    return {};
  auto gone = known.directory_id != about.directory_id
                ? forget_copies(x, about.id)
                : change_all(x, [&](partition_placement& partition) {
                    // What counts of it is on its disk: it stays in sync.
                    hand_over(x, partition, about.id, false);
                  });
  return gone + std::vector<command>{register_node{std::move(wanted)}};
}

std::vector<command> plan_fence(const metadata& x, uint32_t node) {
  auto i = x.nodes().find(node);
  if (i == x.nodes().end())
    return {};
  std::vector<command> fence;
  if (!i->second.is_fenced)
    fence.push_back(with_fence(i->second, true));
  return fence + change_all(x, [&](partition_placement& partition) {
           hand_over(x, partition, node, false);
         });
}

std::vector<command> plan_shrink(const metadata& x, uint32_t leader,
                                 const std::set<uint32_t>& leaving) {
  if (!is_alive(x, leader))
    return {};
  return change_all(x, [&](partition_placement& partition) {
    if (partition.leader == leader)
      std::erase_if(partition.in_sync, [&](uint32_t node) {
        return !is_alive(x, node) || (node != leader && leaving.contains(node));
      });
  });
}

std::vector<command> plan_unfence(const metadata& x, uint32_t node) {
  auto i = x.nodes().find(node);
  if (i == x.nodes().end() || !i->second.is_fenced)
    return {};
  auto may_lead = [&](uint32_t id) { return id == node || is_alive(x, id); };
  return std::vector<command>{with_fence(i->second, false)}
         + change_all(x, [&](partition_placement& partition) {
             if (partition.leader == 0)
               elect(partition, may_lead);
           });
}

std::vector<command> plan_leave(const metadata& x, uint32_t node,
                                const std::set<uint32_t>& leaving) {
  return change_all(x, [&](partition_placement& partition) {
    hand_over(x, partition, node, true, leaving);
  });
}

std::vector<command> plan_resignation(
  const metadata& x, const partition_change& change,
  const std::function<bool(uint32_t)>& lives) {
  const auto* topic = x.find(change.id.topic);
  auto at = static_cast<size_t>(change.id.partition);
  if (!topic || change.id.partition < 0 || at >= topic->placement.size())
    return {};
  auto wanted = topic->placement[at];
  if (wanted.leader == 0 || wanted.leader_epoch != change.wanted.leader_epoch)
    return {};
  // All of them have what was acknowledged. Itself is known to live: it asks.
  auto self = wanted.leader;
  elect(wanted, [&](uint32_t node) {
    return node != self && is_alive(x, node) && lives(node);
  });
  if (wanted.leader == 0)
    elect(wanted,
          [&](uint32_t node) { return node == self && is_alive(x, node); });
  if (wanted.leader == 0)
    elect(wanted, [&](uint32_t node) { return is_alive(x, node); });
  ++wanted.epoch;
  return {set_partitions{{{change.id, std::move(wanted)}}}};
}

std::vector<command> plan_adoption(const metadata& x, uint32_t node) {
  // Above any epoch that the log of a single node has: that one grows by one
  // with each unclean stop.
  constexpr int32_t first_epoch = 1 << 20;
  set_partitions result;
  for (const auto& [name, topic] : x.topics())
    if (topic.placement.empty())
      for (int32_t i = 0; i < topic.partitions(); ++i) {
        auto placement = first_placement({node});
        placement.leader_epoch = first_epoch;
        result.changes.push_back({{topic.id, i}, std::move(placement)});
      }
  if (result.changes.empty())
    return {};
  return {std::move(result)};
}

std::vector<command> plan_return(const metadata& x,
                                 const std::vector<uint32_t>& leaving) {
  return change_all(x, [&](partition_placement& partition) {
    auto preferred = partition.replicas.front();
    if (partition.leader != preferred && contains(partition.in_sync, preferred)
        && is_alive(x, preferred) && !contains(leaving, preferred)) {
      partition.leader = preferred;
      ++partition.leader_epoch;
    }
  });
}

uint32_t count_led(const metadata& x, uint32_t node) {
  uint32_t result = 0;
  for (const auto& [name, topic] : x.topics())
    for (const auto& placement : topic.placement)
      result += placement.leader == node ? 1 : 0;
  return result;
}

uint32_t count_to_hand_over(const metadata& x, uint32_t node,
                            const std::set<uint32_t>& staying) {
  auto may_take_over = [&](uint32_t other) {
    return other != node && staying.contains(other);
  };
  uint32_t result = 0;
  for (const auto& [name, topic] : x.topics())
    for (const auto& placement : topic.placement) {
      auto is_led_here =
        placement.leader == node
        && std::any_of(placement.replicas.begin(), placement.replicas.end(),
                       may_take_over);
      auto is_waited_for =
        may_take_over(placement.leader) && contains(placement.in_sync, node);
      result += is_led_here || is_waited_for ? 1 : 0;
    }
  return result;
}

} // namespace troupe
