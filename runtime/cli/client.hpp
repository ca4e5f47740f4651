#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include "actors/protocol/interfaces.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/connector.hpp"
#include "runtime/link/hub.hpp"

namespace troupe::cli {

/// A connection to a running node, for a program that may block.
class client {
public:
  /// Connects to the first node that answers of those that `ctx.connect` names,
  /// all of one cluster; when it is lost, to the next one.
  /// The error says what was tried and what to do.
  static caf::expected<std::unique_ptr<client>> connect(const context& ctx);

  /// Makes what says what happens on connections.
  using report_maker = std::function<log_reporter(caf::actor_system& system)>;

  /// Connects as soon as one of them answers, and waits for none.
  static caf::expected<std::unique_ptr<client>> begin(
    const context& ctx, const report_maker& make_report);

  /// Ends what stands for the node here; the node goes on.
  ~client();

  caf::actor_system& system() noexcept {
    return *system_;
  }

  /// The node, found again when it was restarted.
  const node_actor& node() const noexcept {
    return node_;
  }

  /// Another node of the cluster, at the address that nodes know it by.
  caf::expected<node_actor> node_at(const std::string& address);

  /// Asks and waits for the answer, at most half a minute.
  template <class Result, class Handle, class... Ts>
  caf::expected<Result> ask(const Handle& whom, Ts&&... xs) {
    return ask_within<Result>(ask_bound, whom, std::forward<Ts>(xs)...);
  }

  template <class Result, class Handle, class... Ts>
  caf::expected<Result> ask_within(std::chrono::seconds bound,
                                   const Handle& whom, Ts&&... xs) {
    caf::scoped_actor self{*system_};
    caf::expected<Result> result = make_error(ec::timed_out, "no answer");
    self->request(whom, bound, std::forward<Ts>(xs)...)
      .receive(
        [&](Result& x) { result = std::move(x); },
        [&](caf::error& why) { result = translate(std::move(why), bound); });
    return result;
  }

  /// Asks the node for what only tells something, again and again while that is
  /// just not to be had, some seconds at most: others take over, say.
  template <class Result, class... Ts>
  caf::expected<Result> ask_patiently(const Ts&... xs) {
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds{15};
    for (;;) {
      auto result = ask<Result>(node_, xs...);
      if (result || !is_retriable(result.error())
          || std::chrono::steady_clock::now() >= end)
        return result;
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
  }

  /// The coordinator of a group.
  caf::expected<coordinator_actor> coordinator(const std::string& group) {
    return ask_patiently<coordinator_actor>(group_atom_v, group);
  }

private:
  client() = default;

  /// All but the connection.
  static caf::expected<std::unique_ptr<client>> prepare(
    const context& ctx, const report_maker& make_report);

  /// Puts CAF's own errors (lost connection, no answer) in our words.
  caf::error translate(caf::error why, std::chrono::seconds bound) const;

  static constexpr std::chrono::seconds ask_bound{30};

  std::string addresses_;
  std::vector<std::string> each_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::shared_ptr<link::hub> links_;
  connector_actor reach_;
  node_actor node_;
};

/// Adds a command whose `run(client, options, ctx)` asks a node, and returns
/// what the process ends with.
template <class Run, class Options>
CLI::App* add_client_command(CLI::App& to, const char* name,
                             const char* meaning, Run run,
                             const std::shared_ptr<Options>& options,
                             context& ctx) {
  auto* result = to.add_subcommand(name, meaning);
  add_client_options(*result, ctx);
  result->callback([run, options, &ctx] {
    auto node = client::connect(ctx);
    ctx.exit_code = node ? run(**node, *options, ctx) : refused(node.error());
  });
  return result;
}

} // namespace troupe::cli
