#include "runtime/cli/cluster_overview.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/cli/client.hpp"

namespace troupe::cli {

namespace {

bool contains(const std::vector<uint32_t>& xs, uint32_t x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

} // namespace

overview summarize(cluster_status status, const std::vector<topic_info>& all) {
  overview result;
  result.status = std::move(status);
  for (const auto& topic : all)
    for (size_t i = 0; i < topic.placement.size(); ++i) {
      const auto& x = topic.placement[i];
      auto name = fmt::format("{}-{}", topic.name, i);
      ++result.partitions;
      if (x.leader == 0)
        result.offline.push_back(name);
      if (x.in_sync.size() < x.replicas.size())
        result.under_replicated.push_back(name);
      if (x.replicas.size() == 1)
        result.single.push_back(name);
      for (auto node : x.replicas) {
        auto& has = result.shares[node];
        ++has.replicas;
        has.leads += node == x.leader ? 1 : 0;
        has.behind += contains(x.in_sync, node) ? 0 : 1;
      }
    }
  return result;
}

caf::expected<overview> look(client& to) {
  auto status = to.ask<cluster_status>(to.node(), nodes_atom_v);
  if (!status)
    return status.error();
  auto all = to.ask<std::vector<topic_info>>(to.node(), topics_atom_v);
  if (!all)
    return all.error();
  return summarize(std::move(*status), *all);
}

bool has_voters(const overview& x) {
  const auto& members = x.status.members;
  auto voters = std::count_if(members.begin(), members.end(),
                              [](auto& y) { return y.role == "voter"; });
  return voters >= (x.status.nodes.size() >= 3 ? 3 : 1);
}

std::string flaw_of(const overview& x) {
  if (x.status.leader == 0)
    return "the controllers have no leader";
  for (const auto& node : x.status.nodes)
    if (node.is_fenced)
      return fmt::format("node {} is down", node.id);
  if (!x.offline.empty())
    return fmt::format("{} partitions are offline: {}", x.offline.size(),
                       some_of(x.offline));
  if (!x.under_replicated.empty())
    return fmt::format("{} partitions have replicas behind: {}",
                       x.under_replicated.size(), some_of(x.under_replicated));
  if (!has_voters(x))
    return "fewer than three controllers vote";
  return "";
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr size_t shown = 10;
  std::string result;
  for (size_t i = 0; i < std::min(shown, names.size()); ++i)
    result += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > shown)
    result += fmt::format(" and {} more", names.size() - shown);
  return result;
}

} // namespace troupe::cli
