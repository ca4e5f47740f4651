// troupe cluster: see the nodes of a cluster and change where things are.

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "runtime/cli/client.hpp"
#include "runtime/cli/cluster_overview.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/cli/table.hpp"
#include "runtime/json_view.hpp"

namespace troupe::cli {

namespace {

using kind = cluster_order::kind;

struct cluster_options {
  uint32_t node = 0;
  std::string partition;
  std::vector<uint32_t> nodes;
  uint32_t level = 0;
  int bound_s = 60;
  bool waits = false;
  bool is_confirmed = false;
};

using options_ptr = std::shared_ptr<cluster_options>;

bool is_well(const overview& x) {
  return flaw_of(x).empty();
}

std::string state_of(const node_info& x) {
  if (x.is_fenced)
    return x.is_draining ? "down, draining" : "down";
  return x.is_draining ? "draining" : "up";
}

std::string role_of(const cluster_status& x, uint32_t node) {
  auto i = std::find_if(x.members.begin(), x.members.end(),
                        [&](const auto& y) { return y.node == node; });
  if (i == x.members.end())
    return "-";
  return node == x.leader ? "leader" : i->role;
}

boost::json::object to_json(const overview& x) {
  boost::json::array nodes;
  for (const auto& node : x.status.nodes) {
    auto i = x.shares.find(node.id);
    auto has = i == x.shares.end() ? share{} : i->second;
    nodes.push_back({{"node", node.id},
                     {"address", node.address},
                     {"rack", node.rack},
                     {"version", node.version},
                     {"oldest_feature_level", node.levels.oldest},
                     {"newest_feature_level", node.levels.newest},
                     {"state", state_of(node)},
                     {"controller", role_of(x.status, node.id)},
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

int status(client& to, const cluster_options&, context& ctx) {
  auto x = look(to);
  if (!x)
    return refused(x.error());
  auto result = is_well(*x) ? exit_ok : exit_not_met;
  if (ctx.as_json) {
    fmt::print("{}\n", boost::json::serialize(to_json(*x)));
    return result;
  }
  fmt::print("controllers led by node {} in term {}, metadata at index {}\n",
             x->status.leader == 0 ? "-" : std::to_string(x->status.leader),
             x->status.term, x->status.metadata_index);
  fmt::print("{}\n", quorum_of(x->status).meaning);
  fmt::print("{} partitions, {} offline, {} with replicas behind, {} moving\n",
             x->partitions, x->offline.size(), x->under_replicated.size(),
             x->status.partitions_moving);
  if (x->status.leader == 0)
    fmt::print("PROBLEM: the controllers have no leader: is a majority of "
               "them up?\n");
  else if (!has_voters(*x))
    fmt::print("PROBLEM: fewer than three controllers vote: others are being "
               "made voters, or are down\n");
  show_some("partitions offline", x->offline);
  show_some("partitions with replicas behind", x->under_replicated);
  show_level(*x);
  std::vector<std::vector<std::string>> rows;
  for (const auto& node : x->status.nodes) {
    const auto& has = x->shares[node.id];
    rows.push_back(
      {std::to_string(node.id), node.address, state_of(node),
       role_of(x->status, node.id), std::to_string(has.leads),
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

int give(client& to, const cluster_order& order) {
  auto done = to.ask<caf::ok_atom>(to.node(), order_atom_v, order);
  return done ? exit_ok : refused(done.error());
}

/// Until nothing moves any more, and nothing is left on `node` (0: any).
int wait_for_moves(client& to, uint32_t node) {
  std::string said;
  for (;;) {
    auto x = look(to);
    if (!x)
      return refused(x.error());
    auto left = node == 0 ? 0 : x->shares[node].replicas;
    if (x->status.partitions_moving == 0 && left == 0)
      return exit_ok;
    auto now = fmt::format("{} partitions move, {} replicas are left",
                           x->status.partitions_moving, left);
    if (now != said)
      fmt::print(stderr, "{}\n", said = now);
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
  }
}

caf::expected<topic_partition> find(client& to, const std::string& name) {
  auto dash = name.rfind('-');
  auto number = dash == std::string::npos ? "" : name.substr(dash + 1);
  if (number.empty() || number.size() > 9
      || number.find_first_not_of("0123456789") != std::string::npos)
    return make_error(ec::invalid_argument,
                      fmt::format("'{}' is no partition: TOPIC-NUMBER, like "
                                  "messages-0",
                                  name));
  auto topic =
    to.ask<topic_info>(to.node(), topic_atom_v, name.substr(0, dash));
  if (!topic)
    return topic.error();
  return topic_partition{topic->id, std::stoi(number)};
}

int drain(client& to, const cluster_options& options, context&) {
  auto result = give(to, {kind::drain, options.node, {}, {}});
  if (result != exit_ok || !options.waits)
    return result;
  return wait_for_moves(to, options.node);
}

int move(client& to, const cluster_options& options, context&) {
  auto id = find(to, options.partition);
  if (!id)
    return refused(id.error());
  auto result = give(to, {kind::move, 0, *id, options.nodes});
  if (result != exit_ok || !options.waits)
    return result;
  return wait_for_moves(to, 0);
}

int rebalance(client& to, const cluster_options& options, context&) {
  auto result = give(to, {kind::rebalance, 0, {}, {}});
  if (result != exit_ok || !options.waits)
    return result;
  return wait_for_moves(to, 0);
}

/// Nodes take part by themselves once they are started: what is left to do is
/// to wait for that, and to give the new one its share.
int add_node(client& to, const cluster_options& options, context& ctx) {
  auto until =
    std::chrono::steady_clock::now() + std::chrono::seconds{options.bound_s};
  bool is_said = false;
  for (;;) {
    auto x = look(to);
    if (!x)
      return refused(x.error());
    const auto& nodes = x->status.nodes;
    auto i = std::find_if(nodes.begin(), nodes.end(),
                          [&](const auto& y) { return y.id == options.node; });
    if (i != nodes.end() && !i->is_fenced) {
      if (!i->is_draining)
        return rebalance(to, options, ctx);
      fmt::print(stderr,
                 "troupe: node {0} is being drained: 'troupe cluster undrain "
                 "{0}' first\n",
                 options.node);
      return exit_not_met;
    }
    auto hint =
      fmt::format("node {} is {}: start it with this cluster's "
                  "addresses as cluster.nodes",
                  options.node, i == nodes.end() ? "not there yet" : "down");
    if (std::chrono::steady_clock::now() >= until) {
      fmt::print(stderr, "troupe: after {} s {}\n", options.bound_s, hint);
      return exit_not_met;
    }
    if (!std::exchange(is_said, true))
      fmt::print(stderr, "{}\n", hint);
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
  }
}

int elect(client& to, const cluster_options& options, context&) {
  auto id = find(to, options.partition);
  if (!id)
    return refused(id.error());
  auto topic = to.ask<topic_info>(
    to.node(), topic_atom_v,
    options.partition.substr(0, options.partition.rfind('-')));
  if (!topic)
    return refused(topic.error());
  auto at = static_cast<size_t>(id->partition);
  if (at < topic->placement.size() && topic->placement[at].leader != 0)
    return refused(make_error(
      ec::invalid_argument,
      fmt::format("node {} leads {}: nothing has to be lost; 'troupe cluster "
                  "rebalance' or 'move' change who leads",
                  topic->placement[at].leader, options.partition)));
  if (!options.is_confirmed) {
    fmt::print("node {} would lead {}, which nobody leads now. What other "
               "replicas have and it does not, acknowledged or not, would be "
               "lost for good. --yes does it\n",
               options.node, options.partition);
    return exit_not_met;
  }
  return give(to, {kind::elect, options.node, *id, {}});
}

int upgrade(client& to, const cluster_options& options, context&) {
  cluster_order order;
  order.what = kind::upgrade;
  order.level = options.level;
  if (auto result = give(to, order); result != exit_ok)
    return result;
  auto now = to.ask<cluster_status>(to.node(), nodes_atom_v);
  if (!now)
    return refused(now.error());
  fmt::print("the cluster is at feature level {}\n", now->level);
  return exit_ok;
}

template <kind What>
int simple(client& to, const cluster_options& options, context&) {
  return give(to, {What, options.node, {}, {}});
}

using action = int (*)(client&, const cluster_options&, context&);

CLI::App* add(CLI::App& to, const char* name, const char* meaning, action run,
              const options_ptr& options, context& ctx) {
  auto* c = to.add_subcommand(name, meaning);
  add_client_options(*c, ctx);
  c->callback([run, options, &ctx] {
    auto node = client::connect(ctx);
    ctx.exit_code = node ? run(**node, *options, ctx) : refused(node.error());
  });
  return c;
}

} // namespace

void add_cluster_commands(CLI::App& app, context& ctx) {
  auto options = std::make_shared<cluster_options>();
  auto* cluster = app.add_subcommand(
    "cluster", "See the nodes of a cluster and change where things are");
  cluster->require_subcommand(1);
  auto with_node = [&](CLI::App* c) {
    c->add_option("node", options->node, "The node's number")->required();
    return c;
  };
  auto with_wait = [&](CLI::App* c) {
    c->add_flag("--wait", options->waits, "Wait until it is done");
    return c;
  };
  add(*cluster, "status",
      "Nodes, who leads, what is behind or offline; exit code 1 when something "
      "is wrong",
      status, options, ctx);
  with_wait(with_node(add(*cluster, "drain", "Move all replicas off a node",
                          drain, options, ctx)));
  with_node(add(*cluster, "undrain", "Let a node hold replicas again",
                simple<kind::undrain>, options, ctx));
  auto* mover = with_wait(add(
    *cluster, "move", "Give a partition other replicas", move, options, ctx));
  mover->add_option("partition", options->partition, "As in messages-0")
    ->required();
  mover
    ->add_option("nodes", options->nodes,
                 "Nodes, by number; the first one is preferred as leader")
    ->required();
  with_wait(add(*cluster, "rebalance",
                "Spread replicas and leaders over the nodes", rebalance,
                options, ctx));
  with_wait(with_node(add(*cluster, "add",
                          "Give a new node its share, once it is there: start "
                          "it with this cluster's addresses",
                          add_node, options, ctx)))
    ->add_option("--timeout", options->bound_s,
                 "Seconds to wait for it to be there; then exit code 1")
    ->check(CLI::Range(0, 86'400))
    ->capture_default_str();
  with_node(add(*cluster, "remove", "Forget a node that is drained and stopped",
                simple<kind::remove>, options, ctx));
  with_node(add(*cluster, "promote", "Let a node vote", simple<kind::promote>,
                options, ctx));
  with_node(add(*cluster, "demote", "Let another node vote in its place",
                simple<kind::demote>, options, ctx));
  with_node(add(*cluster, "transfer",
                "Let a node lead the controllers; 0: any other",
                simple<kind::transfer>, options, ctx));
  add_cluster_restart(*cluster, ctx);
  add_cluster_recover(*cluster, ctx);
  add(*cluster, "upgrade",
      "Raise the feature level once all nodes run a newer version, for good: "
      "older versions are refused from then on",
      upgrade, options, ctx)
    ->add_option("level", options->level,
                 "The level (default: the newest that a node supports)");
  auto* elector = add(*cluster, "elect",
                      "Let a replica lead that is not in sync, when none is: "
                      "loses records",
                      elect, options, ctx);
  elector->add_option("partition", options->partition, "As in messages-0")
    ->required();
  with_node(elector);
  elector->add_flag("--yes", options->is_confirmed, "Do it");
}

} // namespace troupe::cli
