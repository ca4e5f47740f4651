// troupe node: runs a node until it is told to stop.

#include <atomic>

#include <fmt/format.h>

#include "config/settings_reader.hpp"
#include "runtime/cli/begin_anew.hpp"
#include "runtime/cli/cluster_start.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/cli/long_run.hpp"
#include "runtime/cli/signals.hpp"
#include "runtime/data_directory.hpp"
#include "runtime/flusher.hpp"
#include "runtime/gateway/secrets.hpp"
#include "runtime/http/server.hpp"
#include "runtime/link/connect.hpp"
#include "runtime/link/listener.hpp"
#include "runtime/link/permissions.hpp"
#include "runtime/network.hpp"
#include "runtime/node.hpp"
#include "runtime/posix_files.hpp"
#include "runtime/random_uuid.hpp"
#include "runtime/wall_epoch.hpp"

namespace troupe::cli {

namespace {

struct node_options {
  std::string config;
  std::string data;
  bool has_data = false;
  int port = -1;
  bool prints_config = false;
  bool checks_only = false;
  bool is_new_cluster = false;
};

/// Settings from the file, with what the command line says over them.
int read_settings(const node_options& options, node_settings& settings) {
  if (!options.config.empty()) {
    auto read = load_node_settings(options.config);
    if (!read) {
      fmt::print(stderr, "{}", to_string(read.errors()));
      return exit_usage;
    }
    settings = std::move(*read);
  }
  if (options.has_data && options.data.empty()) {
    fmt::print(stderr, "troupe: --data: names no directory\n");
    return exit_usage;
  }
  if (options.has_data)
    settings.data_directory = options.data;
  if (options.port >= 0)
    settings.listen_port = static_cast<uint16_t>(options.port);
  if (settings.cluster.is_on && settings.listen_port == 0) {
    fmt::print(stderr, "troupe: --port 0: expected 1 to 65535, because the "
                       "other nodes of the cluster reach this one there\n");
    return exit_usage;
  }
  return exit_ok;
}

/// Ends what reaches other processes, before the actor system ends.
struct linked {
  ~linked() {
    if (reach)
      caf::anon_send_exit(reach, caf::exit_reason::kill);
    links->close();
  }

  std::shared_ptr<link::hub> links;
  connector_actor reach;
};

/// Empty: the settings name none.
caf::expected<std::string> console_token(const http_settings& x) {
  if (x.token_env.empty() && x.token_file.empty())
    return std::string{};
  auto secrets = machine_secrets();
  auto result = x.token_env.empty() ? secrets.file(x.token_file)
                                    : secrets.variable(x.token_env);
  if (result && result->size() < http::token_bytes_min)
    return make_error(ec::invalid_argument,
                      fmt::format("the console's token has {} bytes; it must "
                                  "have {} at least: 'openssl rand -hex 16' "
                                  "makes one",
                                  result->size(), http::token_bytes_min));
  return result;
}

/// `is_to_begin_anew`: it ended for that.
int run_node(const node_options& options, node_settings settings, context& ctx,
             std::atomic<bool>& is_to_begin_anew) {
  auto is_new_cluster = options.is_new_cluster;
  auto token = console_token(settings.http);
  if (!token)
    return refused(token.error());
  // Before the first thread: all of them are to leave the signals to this one.
  stop_signals signals;
  auto disk = std::make_shared<posix_files>(settings.data_directory);
  caf::actor_system_config system_config;
  configure_network(system_config);
  caf::actor_system system{system_config};
  cast_config config;
  config.epoch = wall_epoch();
  config.log = stderr_logger(settings.format, settings.level);
  auto log = config.log;
  auto epoch = config.epoch;
  auto now = [epoch, &system] { return epoch.to_ms(system.clock().now()); };
  link::hub_config way;
  way.kind = link::party::node;
  way.node_id = settings.node_id;
  way.tls = settings.tls;
  way.insecure = settings.insecure;
  way.check = link::check_permission;
  way.report = reporter_of(log, system, epoch);
  auto links = link::hub::make(system, std::move(way));
  if (!links)
    return refused(links.error());
  linked guard{*links, {}};
  auto fresh_id = random_uuid();
  if (settings.cluster.is_on) {
    if (settings.cluster.address.empty())
      settings.cluster.address =
        fmt::format("{}:{}", settings.listen_address, settings.listen_port);
    config.connector = guard.reach = system.spawn(link::connector, *links);
    auto begun = begin_cluster(
      system, *disk, settings, config.connector, is_new_cluster, [&] {
        auto looks = 0;
        return signals.wait([&] { return ++looks > 3; }) != 0;
      });
    if (!begun)
      return refused(begun.error());
    config.founds = begun->founds;
    fresh_id = begun->cluster_id;
  } else if (is_new_cluster) {
    fmt::print(stderr, "troupe: --new-cluster: the settings have no 'cluster'; "
                       "config/cluster/ has examples\n");
    return exit_usage;
  }
  auto directory = data_directory::open(disk, settings.node_id,
                                        settings.coordination.shards, fresh_id);
  if (!directory)
    return refused(directory.error());
  if (settings.cluster.is_on) {
    auto own_id = data_directory::own_id(*disk, random_uuid());
    if (!own_id)
      return refused(own_id.error());
    config.directory_id = *own_id;
    config.incarnation = random_uuid();
  }
  config.settings = settings;
  config.disk = disk;
  config.cluster_id = (*directory)->cluster_id();
  config.seed = random_uuid();
  config.levels = ctx.levels;
  config.links = [known = std::weak_ptr<link::hub>{*links}] {
    auto all = known.lock();
    return all ? all->metrics() : link_metrics{};
  };
  config.begin_anew = [&, file = options.config]() -> caf::error {
    if (auto error = check_program(ctx.program))
      return error;
    if (auto read = file.empty() ? config_result<node_settings>{settings}
                                 : load_node_settings(file);
        !read)
      return make_error(ec::not_available,
                        "it would not start again with its settings: "
                          + to_string(read.errors()));
    is_to_begin_anew = true;
    return caf::none;
  };
  config.handlers = ctx.handlers;
  auto times = std::make_shared<sync_times>();
  config.spawn_flusher = [times](caf::actor_system& sys) -> flusher_actor {
    return sys.spawn<caf::detached>(flusher, times);
  };
  config.sync_times = [times] { return times->read(); };
  (*links)->set_cluster_id(config.cluster_id);
  auto handle = system.spawn(node, std::move(config));
  if (settings.listen_port != 0) {
    (*links)->set_door(caf::actor_cast<caf::strong_actor_ptr>(handle));
    auto port =
      link::listen(*links, settings.listen_address, settings.listen_port);
    if (!port) {
      caf::anon_send_exit(handle, caf::exit_reason::kill);
      return refused(make_error(
        ec::not_available,
        fmt::format("cannot listen on {}:{}: another program does, or the "
                    "address is none of this machine; for another port say "
                    "--port",
                    settings.listen_address, settings.listen_port)));
    }
    log.write(
      log_level::info, now(), "node listens",
      {{"address", fmt::format("{}:{}", settings.listen_address, *port)},
       {"data", disk->location()}});
  }
  std::unique_ptr<http::server> console;
  if (!settings.http.address.empty()) {
    auto made = http::server::start(system, {settings.http, settings.node_id,
                                             settings.tls, std::move(*token),
                                             handle, guard.reach});
    if (!made) {
      caf::anon_send_exit(handle, caf::exit_reason::kill);
      return refused(made.error());
    }
    console = std::move(*made);
    log.write(log_level::info, now(), "console and metrics are served",
              {{"address", settings.http.address}});
  }
  return run_until_signal(system, handle, signals, settings.stop_timeout * 4,
                          "node", &is_to_begin_anew);
}

int run_or_begin_anew(const node_options& options,
                      const node_settings& settings, context& ctx) {
  std::atomic<bool> is_to_begin_anew = false;
  auto result = run_node(options, settings, ctx, is_to_begin_anew);
  if (!is_to_begin_anew)
    return result;
  return refused(begin_anew(ctx.program, arguments_of_restart(ctx.arguments)));
}

} // namespace

void add_node_command(CLI::App& app, context& ctx) {
  auto options = std::make_shared<node_options>();
  auto* c = app.add_subcommand("node", "Run a node until SIGTERM or ^C, which "
                                       "drains it and stops it clean");
  c->add_option("-c,--config", options->config,
                "Settings, as JSON; config/README.md lists them (default: all "
                "defaults)");
  auto* data = c->add_option("--data", options->data,
                             "The data directory (default: as configured)");
  c->add_option("--port", options->port,
                "The port to listen on, 0: none (default: as configured)")
    ->check(CLI::Range(0, 65535));
  c->add_flag("--new-cluster", options->is_new_cluster,
              "Begin a cluster with this node, which is new or was a single "
              "one; once, with the first node only");
  c->add_flag("--print-config", options->prints_config,
              "Print every effective setting as JSON and end");
  c->add_flag("--check", options->checks_only, "Only check the configuration");
  c->callback([options, data, &ctx] {
    node_settings settings;
    options->has_data = data->count() > 0;
    ctx.exit_code = read_settings(*options, settings);
    if (ctx.exit_code == exit_ok)
      // A node whose consumers cannot work is not even started.
      ctx.exit_code =
        check_handlers(settings.consumers, ctx.handlers,
                       [&](size_t i) { return place_in(options->config, i); });
    if (ctx.exit_code != exit_ok)
      return;
    if (options->prints_config)
      fmt::print("{}\n", to_json_text(settings));
    else if (options->checks_only)
      fmt::print("the configuration is in order\n");
    else
      ctx.exit_code = run_or_begin_anew(*options, settings, ctx);
  });
}

} // namespace troupe::cli
