#include "runtime/cli/cluster_view.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "runtime/cli/table.hpp"

namespace troupe::cli {

namespace {

std::string state_of(const cluster_status& all, const node_info& x) {
  // Who answers knows what was so when there was a leader.
  if (all.leader == 0)
    return "not known";
  if (x.is_fenced)
    return x.is_draining ? "down, draining" : "down";
  return x.is_draining ? "draining" : "up";
}

const quorum_member* member_of(const cluster_status& x, uint32_t node) {
  auto i = std::find_if(x.members.begin(), x.members.end(),
                        [&](const auto& y) { return y.node == node; });
  return i == x.members.end() ? nullptr : &*i;
}

std::string role_of(const cluster_status& x, uint32_t node) {
  const auto* member = member_of(x, node);
  if (!member)
    return "-";
  if (node == x.leader)
    return "leader";
  return x.leader == 0 || member->answers ? member->role
                                          : member->role + ", silent";
}

share share_of(const overview& x, uint32_t node) {
  auto i = x.shares.find(node);
  return i == x.shares.end() ? share{} : i->second;
}

boost::json::object to_json(const overview& x) {
  boost::json::array nodes;
  for (const auto& node : x.status.nodes) {
    auto has = share_of(x, node.id);
    const auto* member = member_of(x.status, node.id);
    nodes.push_back({{"node", node.id},
                     {"address", node.address},
                     {"rack", node.rack},
                     {"version", node.version},
                     {"oldest_feature_level", node.levels.oldest},
                     {"newest_feature_level", node.levels.newest},
                     {"state", state_of(x.status, node)},
                     {"controller", role_of(x.status, node.id)},
                     {"answers", member && member->answers},
                     {"metadata_behind", member ? member->behind : 0},
                     {"demoted", node.is_standby},
                     {"replicas", has.replicas},
                     {"leads", has.leads},
                     {"replicas_behind", has.behind}});
  }
  auto quorum = quorum_of(x.status);
  boost::json::array offline(x.offline.begin(), x.offline.end());
  boost::json::array behind(x.under_replicated.begin(),
                            x.under_replicated.end());
  return {{"leader", x.status.leader},
          {"feature_level", x.status.level},
          {"term", x.status.term},
          {"voters", quorum.voters},
          {"voters_up", quorum.up},
          {"voters_spare", quorum.spare},
          {"quorum", quorum.meaning},
          {"metadata_index", x.status.metadata_index},
          {"partitions", x.partitions},
          {"partitions_moving", x.status.partitions_moving},
          {"offline", std::move(offline)},
          {"under_replicated", std::move(behind)},
          {"nodes", std::move(nodes)}};
}

void show_some(const char* what, const std::vector<std::string>& names) {
  if (!names.empty())
    fmt::print("PROBLEM: {} {}: {}\n", names.size(), what, some_of(names));
}

void show_level(const overview& x) {
  if (x.status.level == 0) {
    fmt::print("no feature level yet: the cluster is being formed\n");
    return;
  }
  auto all = ~uint32_t{0};
  for (const auto& node : x.status.nodes)
    all = std::min(all, node.levels.newest);
  auto hint = x.status.nodes.empty() || all <= x.status.level
                ? std::string{}
                : fmt::format("; all nodes support {}: 'troupe cluster "
                              "upgrade' raises it, for good",
                              all);
  fmt::print("feature level {}{}\n", x.status.level, hint);
}

} // namespace

int show_cluster(const overview& x, const context& ctx) {
  auto result = flaw_of(x).empty() ? exit_ok : exit_not_met;
  if (ctx.as_json) {
    fmt::print("{}\n", boost::json::serialize(to_json(x)));
    return result;
  }
  fmt::print("controllers led by node {} in term {}, metadata at index {}\n",
             x.status.leader == 0 ? "-" : std::to_string(x.status.leader),
             x.status.term, x.status.metadata_index);
  fmt::print("{}\n", quorum_of(x.status).meaning);
  fmt::print("{} partitions, {} offline, {} with replicas behind, {} moving\n",
             x.partitions, x.offline.size(), x.under_replicated.size(),
             x.status.partitions_moving);
  if (x.status.leader == 0)
    fmt::print("PROBLEM: the controllers have no leader: is a majority of "
               "them up?\n");
  else if (auto flaw = flaw_of_voters(x); !flaw.empty())
    fmt::print("PROBLEM: {}\n", flaw);
  show_some("partitions offline", x.offline);
  show_some("partitions with replicas behind", x.under_replicated);
  show_level(x);
  std::vector<std::vector<std::string>> rows;
  for (const auto& node : x.status.nodes) {
    auto has = share_of(x, node.id);
    rows.push_back(
      {std::to_string(node.id), node.address, state_of(x.status, node),
       role_of(x.status, node.id), std::to_string(has.leads),
       std::to_string(has.replicas), std::to_string(has.behind),
       node.rack.empty() ? "-" : node.rack, node.version,
       fmt::format("{}-{}", node.levels.oldest, node.levels.newest)});
  }
  fmt::print("\n{}",
             format_table({"NODE", "ADDRESS", "STATE", "CONTROLLER", "LEADS",
                           "REPLICAS", "BEHIND", "RACK", "VERSION", "LEVELS"},
                          rows));
  return result;
}

} // namespace troupe::cli
