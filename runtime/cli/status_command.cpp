// troupe status: a node at a glance.

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "runtime/cli/client.hpp"
#include "runtime/cli/cluster_metrics.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/cli/table.hpp"
#include "runtime/json_view.hpp"

namespace troupe::cli {

namespace {

/// 'working 3.2 s'.
std::string doing(const consumer_status& x) {
  if (x.activity_ms < 0)
    return x.activity;
  return fmt::format("{} {:.1f} s", x.activity,
                     static_cast<double>(x.activity_ms) / 1000);
}

void show(const node_status& status,
          const std::vector<consumer_status>& consumers) {
  fmt::print("node {} of cluster {}, version {}, up {:.1f} s\n", status.node_id,
             to_string(status.cluster_id), status.version,
             static_cast<double>(status.now_ms - status.started_ms) / 1000);
  fmt::print("data in {}; metadata at index {}, term {}\n",
             status.data_directory, status.metadata_index,
             status.metadata_term);
  fmt::print("{} topics, {} partitions ({} offline), {} groups coordinated, {} "
             "consumers\n",
             status.topics, status.partitions, status.partitions_offline,
             status.groups, status.consumers);
  fmt::print(
    "{} in all logs{}\n", show_bytes(status.log_bytes),
    status.disk_free_bytes < 0
      ? std::string{}
      : fmt::format(", {} free on the disk",
                    show_bytes(static_cast<uint64_t>(status.disk_free_bytes))));
  for (const auto& line : status.recovery)
    fmt::print("recovered: {}\n", line);
  for (const auto& line : status.problems)
    fmt::print("PROBLEM: {}\n", line);
  std::vector<std::vector<std::string>> rows;
  for (const auto& x : consumers) {
    std::string owned;
    for (const auto& p : x.partitions)
      owned += fmt::format("{}{}-{} ({})", owned.empty() ? "" : ", ", p.topic,
                           p.id.partition, p.state);
    rows.push_back({x.name, doing(x), std::to_string(x.handled),
                    std::to_string(x.retried), std::to_string(x.dead_letters),
                    std::to_string(x.parked), owned.empty() ? "idle" : owned,
                    x.last_problem});
  }
  if (!rows.empty())
    fmt::print("\n{}",
               format_table({"CONSUMER", "DOES", "HANDLED", "RETRIED", "DEAD",
                             "PARKED", "PARTITIONS", "LAST PROBLEM"},
                            rows));
}

/// What cannot be had is null, with the reason: the rest is wanted all the more
/// then.
void add_metrics(boost::json::object& to, client& from) {
  to["metrics"] = to["cluster"] = nullptr;
  to["metrics_problem"] = nullptr;
  auto own = from.ask<node_metrics>(from.node(), metrics_atom_v);
  if (!own) {
    to["metrics_problem"] = text_to_json(what(own.error()));
    return;
  }
  to["metrics"] = to_json(*own);
  auto all = look_at_metrics(from, *own);
  if (all)
    to["cluster"] = to_json(*all);
  // A single node belongs to no cluster.
  else if (code_of(all.error()) != ec::invalid_argument)
    to["metrics_problem"] = text_to_json(what(all.error()));
}

int status(context& ctx) {
  auto to = client::connect(ctx);
  if (!to)
    return refused(to.error());
  auto node = (*to)->ask<node_status>((*to)->node(), status_atom_v);
  if (!node)
    return refused(node.error());
  auto consumers =
    (*to)->ask<std::vector<consumer_status>>((*to)->node(), consumers_atom_v);
  if (!consumers)
    return refused(consumers.error());
  if (!ctx.as_json) {
    show(*node, *consumers);
  } else {
    auto result = to_json(*node).as_object();
    result["consumer_details"] = to_json(*consumers);
    add_metrics(result, **to);
    fmt::print("{}\n", boost::json::serialize(result));
  }
  // Scripts can tell a healthy node from one with problems.
  return node->problems.empty() ? exit_ok : exit_not_met;
}

} // namespace

void add_status_command(CLI::App& app, context& ctx) {
  auto* c =
    app.add_subcommand("status", "Show how a node is doing; exit code 1 "
                                 "when it has problems");
  add_client_options(*c, ctx);
  c->callback([&ctx] { ctx.exit_code = status(ctx); });
}

} // namespace troupe::cli
