#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <caf/error.hpp>

#include "actors/consumer/handler.hpp"
#include "actors/protocol/feature_level.hpp"
#include "config/settings.hpp"

namespace troupe::cli {

/// What the process ends with.
enum exit_code {
  exit_ok = 0,
  /// An expectation or a check was not met.
  exit_not_met = 1,
  /// Arguments or configuration are wrong.
  exit_usage = 2,
  /// The node could not be reached, or refused.
  exit_refused = 3,
};

/// What all commands share.
struct context {
  handler_registry handlers;
  /// That a node of this program supports.
  level_range levels = supported_levels;
  /// This program and what it was started with, for a node that begins anew.
  std::string program;
  std::vector<std::string> arguments;
  /// Where the node listens: host:port.
  std::string connect = "127.0.0.1:4160";
  /// The environment says so.
  bool is_told_connect = false;
  /// What it shows to nodes, and whom of them it believes; empty: no TLS.
  tls_settings tls;
  bool as_json = false;
  /// What the command that ran returns.
  int exit_code = exit_ok;
};

/// Reads the arguments and runs what they say; the exit code.
int run(int argc, char** argv, context& ctx);

/// Says on standard error what went wrong; returns the fitting exit code.
int refused(const caf::error& why);

/// Adds --connect and --json to a command that talks to a node.
void add_client_options(CLI::App& command, context& ctx);

/// Each adds its commands to the application.
void add_node_command(CLI::App& app, context& ctx);
void add_worker_command(CLI::App& app, context& ctx);
void add_scenario_command(CLI::App& app, context& ctx);
void add_topic_commands(CLI::App& app, context& ctx);
void add_delete_records_command(CLI::App& topic, context& ctx);
void add_produce_command(CLI::App& app, context& ctx);
void add_consume_command(CLI::App& app, context& ctx);
void add_group_commands(CLI::App& app, context& ctx);
void add_log_commands(CLI::App& app, context& ctx);
void add_status_command(CLI::App& app, context& ctx);
void add_cluster_commands(CLI::App& app, context& ctx);
void add_cluster_recover(CLI::App& cluster, context& ctx);
void add_cluster_restart(CLI::App& cluster, context& ctx);
void add_dead_commands(CLI::App& app, context& ctx);
void add_parked_commands(CLI::App& dead, context& ctx);
void add_bench_command(CLI::App& app, context& ctx);
void add_backup_commands(CLI::App& app, context& ctx);

} // namespace troupe::cli
