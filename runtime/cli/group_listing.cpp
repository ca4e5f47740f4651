#include "runtime/cli/group_listing.hpp"

#include <chrono>
#include <cstdio>
#include <map>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "runtime/cast.hpp"

namespace troupe::cli {

namespace {

using names = std::vector<std::string>;

/// Longer than others need to take over from a node that dies.
constexpr std::chrono::seconds patience{5};

/// How many shards each node leads; 0: nobody does.
std::map<uint32_t, size_t> leaders_of(const topic_info& topic) {
  std::map<uint32_t, size_t> result;
  for (const auto& x : topic.placement)
    ++result[x.leader];
  return result;
}

std::string shards(size_t count) {
  return fmt::format("{} shard{} of {}", count, count == 1 ? "" : "s",
                     offsets_topic);
}

caf::expected<names> ask_at(client& to, const std::string& address) {
  auto node = to.node_at(address);
  if (!node)
    return node.error();
  return to.ask<names>(*node, groups_atom_v);
}

caf::expected<group_listing> list_once(client& to) {
  auto cluster = to.ask<cluster_status>(to.node(), nodes_atom_v);
  auto is_single =
    cluster ? cluster->nodes.empty() : !is_retriable(cluster.error());
  if (!cluster || is_single) {
    auto found = to.ask<names>(to.node(), groups_atom_v);
    if (!found)
      return found.error();
    group_listing result{std::move(*found), {}};
    if (!is_single)
      result.missing.push_back("the other nodes are not known: "
                               + what(cluster.error()));
    return result;
  }
  auto topic =
    to.ask<topic_info>(to.node(), topic_atom_v, std::string{offsets_topic});
  if (!topic)
    return topic.error();
  std::map<uint32_t, std::string> addresses;
  for (const auto& x : cluster->nodes)
    addresses[x.id] = x.address;
  std::set<std::string> all;
  group_listing result;
  for (const auto& [node, count] : leaders_of(*topic)) {
    if (node == 0) {
      result.missing.push_back(shards(count) + (count == 1 ? " has" : " have")
                               + " no leader");
      continue;
    }
    auto found = ask_at(to, addresses[node]);
    if (found)
      all.insert(found->begin(), found->end());
    else
      result.missing.push_back(
        fmt::format("node {} ({}), which leads {}, could not be asked: {}",
                    node, addresses[node], shards(count), what(found.error())));
  }
  result.groups.assign(all.begin(), all.end());
  return result;
}

} // namespace

caf::expected<group_listing> list_groups(client& to) {
  auto end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    auto result = list_once(to);
    auto is_final =
      result ? result->missing.empty() : !is_retriable(result.error());
    if (is_final || std::chrono::steady_clock::now() >= end)
      return result;
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

void show_missing(const group_listing& x) {
  for (const auto& line : x.missing)
    fmt::print(stderr, "troupe: there may be more groups: {}\n", line);
}

} // namespace troupe::cli
