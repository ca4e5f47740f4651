#include "runtime/cli/command_line.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>

#include <fmt/format.h>

#include "runtime/cli/begin_anew.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/cli/manual.hpp"
#include "runtime/shipped_handlers.hpp"
#include "runtime/version.hpp"

namespace troupe {

namespace cli {

int refused(const caf::error& why) {
  fmt::print(stderr, "troupe: {}\n", what(why));
  return code_of(why) == ec::invalid_argument ? exit_usage : exit_refused;
}

void add_client_options(CLI::App& command, context& ctx) {
  command
    .add_option(
      "--connect", ctx.connect,
      "Where the node listens; of a cluster any node, or several with commas "
      "between: the first that answers (default: TROUPE_CONNECT of the "
      "environment, or this machine)")
    ->type_name("HOST:PORT")
    ->capture_default_str();
  command
    .add_option("--certificate", ctx.tls.certificate,
                "What this command shows to nodes that speak TLS: a file; "
                "with --key-file and --authority (default: "
                "TROUPE_CERTIFICATE)")
    ->type_name("FILE");
  command
    .add_option("--key-file", ctx.tls.key,
                "The key of it (default: TROUPE_KEY)")
    ->type_name("FILE");
  command
    .add_option("--authority", ctx.tls.authority,
                "Whose certificates of nodes are believed (default: "
                "TROUPE_AUTHORITY)")
    ->type_name("FILE");
  command.add_flag("--json", ctx.as_json, "Print JSON instead of text");
}

namespace {

/// What the command line does not say. CLI11's own way to read the environment
/// would have it overrule options of another command that share a variable.
void read_environment(context& ctx) {
  auto read = [](const char* name, std::string& to) {
    const auto* value = std::getenv(name);
    auto is_there = value && *value;
    if (is_there)
      to = value;
    return is_there;
  };
  ctx.is_told_connect = read("TROUPE_CONNECT", ctx.connect);
  read("TROUPE_CERTIFICATE", ctx.tls.certificate);
  read("TROUPE_KEY", ctx.tls.key);
  read("TROUPE_AUTHORITY", ctx.tls.authority);
}

} // namespace

int run(int argc, char** argv, context& ctx) {
  // Lines reach a log file or a pipe when they are written, not when it is
  // full.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  read_environment(ctx);
  ctx.program = own_path(argv[0]);
  ctx.arguments.assign(argv, argv + argc);
  add_shipped_handlers(ctx.handlers);
  CLI::App app{
    "Troupe: a partitioned log with consumer groups, built of "
    "actors.\n\nTry:\n"
    "  troupe scenario samples/day_4_recap.json      see groups work, "
    "in virtual time\n"
    "  troupe node --config config/single_node.json  run a node\n"
    "  echo hello | troupe produce messages          post to it\n"
    "  troupe consume messages --from-beginning -n 1 read from it\n"
    "  troupe group describe SMSGroup                see who is "
    "where\n"};
  app.name("troupe");
  app.set_version_flag("--version", std::string{"troupe "} + version);
  bool shows_manual = false;
  // For whoever installs Troupe; shown to nobody.
  app.add_flag("--man", shows_manual)->group("");
  app.require_subcommand(0, 1);
  app.footer(
    "Exit codes: 0 done, 1 an expectation or check was not met, 2 wrong "
    "arguments or configuration, 3 the node refused or was not "
    "reached.");
  add_node_command(app, ctx);
  add_worker_command(app, ctx);
  add_scenario_command(app, ctx);
  add_topic_commands(app, ctx);
  add_produce_command(app, ctx);
  add_consume_command(app, ctx);
  add_group_commands(app, ctx);
  add_dead_commands(app, ctx);
  add_status_command(app, ctx);
  add_cluster_commands(app, ctx);
  add_bench_command(app, ctx);
  add_backup_commands(app, ctx);
  add_log_commands(app, ctx);
  try {
    app.parse(argc, argv);
    if (shows_manual) {
      fmt::print("{}", manual_page(app));
      return exit_ok;
    }
    if (app.get_subcommands().empty()) {
      fmt::print(stderr, "{}", app.help());
      return exit_usage;
    }
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? exit_ok : exit_usage;
  } catch (const std::exception& e) {
    fmt::print(stderr, "troupe: {}\n", e.what());
    return exit_refused;
  }
  return ctx.exit_code;
}

} // namespace cli

int run_command_line(int argc, char** argv, handler_registry handlers) {
  cli::context ctx;
  ctx.handlers = std::move(handlers);
  return cli::run(argc, argv, ctx);
}

} // namespace troupe
