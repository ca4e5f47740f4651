// troupe cluster: see the nodes of a cluster and change where things are.

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "runtime/cli/client.hpp"
#include "runtime/cli/cluster_overview.hpp"
#include "runtime/cli/cluster_view.hpp"
#include "runtime/cli/context.hpp"

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

std::string count_of(size_t n, const char* one, const char* many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

/// Says what was done: to people, or to a script.
void say_done(const context& ctx, const std::string& what) {
  if (ctx.as_json)
    fmt::print("{}\n", boost::json::serialize(
                         boost::json::object{{"done", true}, {"what", what}}));
  else
    fmt::print("{}\n", what);
}

int status(client& to, const cluster_options&, context& ctx) {
  auto x = look(to);
  return x ? show_cluster(*x, ctx) : refused(x.error());
}

int give(client& to, const cluster_order& order) {
  auto done = to.ask<caf::ok_atom>(to.node(), order_atom_v, order);
  return done ? exit_ok : refused(done.error());
}

/// Until nothing moves any more, and nothing is left on `node` (0: any); says
/// what came of it, or, when nobody wants to wait, `meanwhile`.
int finish(client& to, const cluster_options& options, const context& ctx,
           uint32_t node, const std::string& meanwhile,
           const std::string& done) {
  if (!options.waits) {
    say_done(ctx, meanwhile
                    + "; 'troupe cluster status' shows how far it is, "
                      "--wait waits for it");
    return exit_ok;
  }
  std::string said;
  for (;;) {
    auto x = look(to);
    if (!x)
      return refused(x.error());
    auto left = node == 0 ? 0 : x->shares[node].replicas;
    if (x->status.partitions_moving == 0 && left == 0) {
      say_done(ctx, done);
      return exit_ok;
    }
    auto now = count_of(x->status.partitions_moving, "partition moves",
                        "partitions move");
    if (node != 0)
      now += ", " + count_of(left, "replica is left", "replicas are left");
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

int drain(client& to, const cluster_options& options, context& ctx) {
  if (auto result = give(to, {kind::drain, options.node, {}, {}});
      result != exit_ok)
    return result;
  return finish(to, options, ctx, options.node,
                fmt::format("replicas move off node {}", options.node),
                fmt::format("node {0} holds nothing any more: stop it, then "
                            "'troupe cluster remove {0}'; or 'undrain {0}'",
                            options.node));
}

int move(client& to, const cluster_options& options, context& ctx) {
  auto id = find(to, options.partition);
  if (!id)
    return refused(id.error());
  if (auto result = give(to, {kind::move, 0, *id, options.nodes});
      result != exit_ok)
    return result;
  auto where = fmt::format("{}", fmt::join(options.nodes, ", "));
  return finish(to, options, ctx, 0,
                fmt::format("{} moves to nodes {}", options.partition, where),
                fmt::format("{} is on nodes {}", options.partition, where));
}

int rebalance(client& to, const cluster_options& options, context& ctx) {
  if (auto result = give(to, {kind::rebalance, 0, {}, {}}); result != exit_ok)
    return result;
  return finish(to, options, ctx, 0, "replicas move until nodes hold alike",
                "nodes hold and lead alike");
}

/// Nodes take part by themselves once they are started: what is left to do is
/// to wait for that, and to give the new one its share.
int add_node(client& to, const cluster_options& options, context& ctx) {
  auto until =
    std::chrono::steady_clock::now() + std::chrono::seconds{options.bound_s};
  bool is_said = false;
  for (;;) {
    auto x = look(to);
    if (!x && is_retriable(x.error())
        && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds{500});
      continue;
    }
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

int elect(client& to, const cluster_options& options, context& ctx) {
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
  if (auto result = give(to, {kind::elect, options.node, *id, {}});
      result != exit_ok)
    return result;
  say_done(ctx, fmt::format("node {} leads {}: what it lacked is lost",
                            options.node, options.partition));
  return exit_ok;
}

int upgrade(client& to, const cluster_options& options, context& ctx) {
  cluster_order order;
  order.what = kind::upgrade;
  order.level = options.level;
  if (auto result = give(to, order); result != exit_ok)
    return result;
  auto now = to.ask<cluster_status>(to.node(), nodes_atom_v);
  if (!now)
    return refused(now.error());
  say_done(ctx, fmt::format("the cluster is at feature level {}", now->level));
  return exit_ok;
}

std::string meaning_of(kind what, uint32_t node) {
  switch (what) {
    case kind::undrain:
      return fmt::format("node {0} may hold replicas again: 'troupe cluster "
                         "add {0}' gives it its share",
                         node);
    case kind::remove:
      return fmt::format("node {} is forgotten", node);
    case kind::promote:
      return fmt::format("node {} may vote: it does once it has all metadata, "
                         "and when fewer vote than are to (cluster.voters)",
                         node);
    case kind::demote:
      return fmt::format("node {0} does not vote any more; 'troupe cluster "
                         "promote {0}' ends that",
                         node);
    default:
      return node == 0
               ? "another node is to lead the controllers"
               : fmt::format("node {} is to lead the controllers", node);
  }
}

template <kind What>
int simple(client& to, const cluster_options& options, context& ctx) {
  auto result = give(to, {What, options.node, {}, {}});
  if (result == exit_ok)
    say_done(ctx, meaning_of(What, options.node));
  return result;
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
  add_client_command(
    *cluster, "status",
    "Nodes, who leads, what is behind or offline; exit code 1 when something "
    "is wrong",
    status, options, ctx);
  with_wait(with_node(add_client_command(
    *cluster, "drain", "Move all replicas off a node", drain, options, ctx)));
  with_node(add_client_command(*cluster, "undrain",
                               "Let a node hold replicas again",
                               simple<kind::undrain>, options, ctx));
  auto* mover = with_wait(add_client_command(
    *cluster, "move", "Give a partition other replicas", move, options, ctx));
  mover->add_option("partition", options->partition, "As in messages-0")
    ->required();
  mover
    ->add_option("nodes", options->nodes,
                 "Nodes, by number; the first one is preferred as leader")
    ->required();
  with_wait(add_client_command(*cluster, "rebalance",
                               "Spread replicas and leaders over the nodes",
                               rebalance, options, ctx));
  with_wait(with_node(add_client_command(
              *cluster, "add",
              "Give a new node its share, once it is there: start "
              "it with this cluster's addresses",
              add_node, options, ctx)))
    ->add_option("--timeout", options->bound_s,
                 "Seconds to wait for it to be there; then exit code 1")
    ->check(CLI::Range(0, 86'400))
    ->capture_default_str();
  with_node(add_client_command(*cluster, "remove",
                               "Forget a node that is drained and stopped",
                               simple<kind::remove>, options, ctx));
  with_node(add_client_command(
    *cluster, "promote",
    "Let a node vote that was demoted, or in place of one that was",
    simple<kind::promote>, options, ctx));
  with_node(add_client_command(
    *cluster, "demote",
    "Take a node its vote, until it is promoted: another one gets "
    "it, if there is one",
    simple<kind::demote>, options, ctx));
  with_node(add_client_command(*cluster, "transfer",
                               "Let a node lead the controllers; 0: any other",
                               simple<kind::transfer>, options, ctx));
  add_cluster_restart(*cluster, ctx);
  add_cluster_recover(*cluster, ctx);
  add_client_command(
    *cluster, "upgrade",
    "Raise the feature level once all nodes run a newer version, for good: "
    "older versions are refused from then on",
    upgrade, options, ctx)
    ->add_option("level", options->level,
                 "The level (default: the newest that all nodes support)")
    ->check(CLI::Range(1, 1'000));
  auto* elector =
    add_client_command(*cluster, "elect",
                       "Let a replica lead that is not in sync, when none is: "
                       "loses records",
                       elect, options, ctx);
  elector->add_option("partition", options->partition, "As in messages-0")
    ->required();
  with_node(elector);
  elector->add_flag("--yes", options->is_confirmed, "Do it");
}

} // namespace troupe::cli
