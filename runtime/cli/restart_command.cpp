// troupe cluster restart: restarts the nodes one after the other.

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "runtime/cli/client.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/cli/rolling_restart.hpp"
#include "runtime/cli/signals.hpp"

namespace troupe::cli {

namespace {

struct restart_options {
  std::vector<uint32_t> nodes;
  uint32_t bound_s = 300;
  bool is_confirmed = false;
};

using clock = std::chrono::steady_clock;

std::string join(const std::vector<uint32_t>& xs) {
  return xs.empty() ? "none" : fmt::format("{}", fmt::join(xs, ", "));
}

void report(const rolling_restart& plan, const std::string& problem,
            const context& ctx) {
  if (ctx.as_json) {
    auto list = [](const std::vector<uint32_t>& xs) {
      return boost::json::array(xs.begin(), xs.end());
    };
    boost::json::object result{{"restarted", list(plan.restarted())},
                               {"left", list(plan.left())},
                               {"problem", problem}};
    fmt::print("{}\n", boost::json::serialize(result));
    return;
  }
  fmt::print("restarted: {}\n", join(plan.restarted()));
  if (problem.empty())
    return;
  fmt::print("PROBLEM: {}. Not restarted, or not over: {}. No other node is "
             "stopped; look at 'troupe cluster status' and at what the node "
             "logs, then go on with: troupe cluster restart {}\n",
             problem, join(plan.left()), fmt::join(plan.left(), " "));
}

caf::error check_nodes(const std::vector<uint32_t>& nodes, const overview& x) {
  for (auto id : nodes)
    if (std::none_of(x.status.nodes.begin(), x.status.nodes.end(),
                     [&](const auto& y) { return y.id == id; }))
      return make_error(ec::invalid_argument,
                        fmt::format("there is no node {}; 'troupe cluster "
                                    "status' shows all",
                                    id));
  return caf::none;
}

/// What would be offline meanwhile.
std::string problem_of_single(const overview& x) {
  return fmt::format("{} partitions have one replica only, and are offline "
                     "while its node restarts: {}. --yes restarts all the same",
                     x.single.size(), some_of(x.single));
}

int refuse_single(const overview& x) {
  fmt::print(stderr, "troupe: {}\n", problem_of_single(x));
  return exit_not_met;
}

/// Asks for something that may just not be to be had; the error is for people.
template <class F>
auto ask_until(const stop_signals& signals, clock::time_point end, F ask)
  -> decltype(ask()) {
  for (;;) {
    auto result = ask();
    if (result || !is_retriable(result.error()) || clock::now() >= end)
      return result;
    if (auto looks = 0; signals.wait([&] { return ++looks > 3; }) != 0)
      return make_error(ec::shutting_down, "interrupted");
  }
}

int restart(const restart_options& options, context& ctx) {
  // Before the first thread.
  stop_signals signals;
  auto connected = client::connect(ctx);
  if (!connected)
    return refused(connected.error());
  auto& to = **connected;
  rolling_restart plan{options.nodes};
  auto bound = std::chrono::seconds{options.bound_s};
  auto end = clock::now() + bound;
  std::string said;
  auto say = [&](const std::string& text) {
    if (text != said)
      fmt::print(stderr, "{}\n", said = text);
  };
  auto is_first = true;
  for (;;) {
    auto seen = ask_until(signals, end, [&] { return look(to); });
    if (!seen && is_first)
      return refused(seen.error());
    if (!seen) {
      report(plan, what(seen.error()), ctx);
      return exit_not_met;
    }
    if (std::exchange(is_first, false)) {
      if (auto error = check_nodes(options.nodes, *seen))
        return refused(error);
      if (!options.is_confirmed && !seen->single.empty()) {
        if (ctx.as_json)
          report(plan, problem_of_single(*seen), ctx);
        return refuse_single(*seen);
      }
    }
    auto step = plan.next(*seen);
    if (step.what == rolling_restart::step::kind::done) {
      report(plan, "", ctx);
      return exit_ok;
    }
    if (step.what == rolling_restart::step::kind::restart) {
      say(fmt::format("node {} restarts", step.node));
      cluster_order order;
      order.what = cluster_order::kind::restart;
      order.node = step.node;
      order.incarnation = step.incarnation;
      auto done = ask_until(signals, end, [&] {
        return to.ask<caf::ok_atom>(to.node(), order_atom_v, order);
      });
      if (!done) {
        report(plan, what(done.error()), ctx);
        return exit_not_met;
      }
      plan.ordered(step.node);
      end = clock::now() + bound;
      continue;
    }
    say(step.why);
    if (clock::now() >= end) {
      report(plan, fmt::format("after {} s {}", options.bound_s, step.why),
             ctx);
      return exit_not_met;
    }
    if (auto looks = 0; signals.wait([&] { return ++looks > 3; }) != 0) {
      report(plan, "interrupted", ctx);
      return exit_not_met;
    }
  }
}

} // namespace

void add_cluster_restart(CLI::App& cluster, context& ctx) {
  auto options = std::make_shared<restart_options>();
  auto* c = cluster.add_subcommand(
    "restart", "Restart nodes one after the other, each once all are well "
               "again; one for which a newer program was installed runs that");
  c->add_option("nodes", options->nodes, "Their numbers (default: all)");
  c->add_option("--timeout", options->bound_s,
                "Seconds that a node may take until all is well again; then "
                "no other one is restarted, exit code 1")
    ->check(CLI::Range(1, 86'400))
    ->capture_default_str();
  c->add_flag("--yes", options->is_confirmed,
              "Also when partitions have no second replica");
  add_client_options(*c, ctx);
  c->callback([options, &ctx] { ctx.exit_code = restart(*options, ctx); });
}

} // namespace troupe::cli
