// troupe worker: runs consumers in a process of their own.

#include <unistd.h>

#include <array>
#include <limits>

#include <fmt/format.h>

#include "config/rules.hpp"
#include "config/worker_settings.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/long_run.hpp"
#include "runtime/random_uuid.hpp"
#include "runtime/wall_epoch.hpp"
#include "runtime/worker.hpp"

namespace troupe::cli {

namespace {

struct worker_options {
  std::string config;
  std::string name;
  /// What the options say of consumers, if they do.
  consumers_spec consumers;
  std::vector<std::string> handler_options;
  bool from_beginning = false;
  bool has_consumers = false;
  bool has_connect = false;
  bool prints_config = false;
  bool checks_only = false;
};

/// By machine and process, as the first thing a person asks for.
std::string default_name() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0)
    return std::to_string(::getpid());
  return fmt::format("{}-{}", host.data(), ::getpid());
}

int usage(const std::string& what) {
  fmt::print(stderr, "troupe: {}\n", what);
  return exit_usage;
}

/// The consumers that the options describe.
int read_consumers(const worker_options& options, consumers_spec& result) {
  result = options.consumers;
  auto& x = result.settings;
  if (auto wrong = check_group_name(x.group); !wrong.empty())
    return usage("--group: " + wrong);
  if (x.topics.empty())
    return usage("--topic: expected at least one topic that the group reads");
  for (const auto& topic : x.topics)
    if (auto wrong = check_topic_name(topic); !wrong.empty())
      return usage("--topic: " + wrong);
  for (const auto& option : options.handler_options) {
    auto at = option.find('=');
    if (at == std::string::npos || at == 0)
      return usage(fmt::format("--option '{}': expected NAME=VALUE", option));
    x.options[option.substr(0, at)] = option.substr(at + 1);
  }
  if (options.from_beginning)
    x.group_rules.start.what = start_rule::kind::earliest;
  return exit_ok;
}

int read_settings(const worker_options& options, context& ctx,
                  worker_settings& settings) {
  if (!options.config.empty()) {
    auto read = load_worker_settings(options.config);
    if (!read) {
      fmt::print(stderr, "{}", to_string(read.errors()));
      return exit_usage;
    }
    settings = std::move(*read);
  }
  auto in_file = settings.consumers.size();
  if (options.has_consumers) {
    consumers_spec more;
    if (auto wrong = read_consumers(options, more); wrong != exit_ok)
      return wrong;
    settings.consumers.push_back(std::move(more));
  }
  if (settings.consumers.empty())
    return usage("no consumers to run: say --group and --topic, or --config "
                 "with a file that has \"consumers\"");
  if (!options.name.empty())
    settings.name = options.name;
  if (settings.name.empty())
    settings.name = default_name();
  if (options.has_connect || settings.connect.empty())
    settings.connect = {ctx.connect};
  else
    ctx.connect = fmt::format("{}", fmt::join(settings.connect, ","));
  if (ctx.tls == tls_settings{})
    ctx.tls = settings.tls;
  else
    settings.tls = ctx.tls;
  if (ctx.as_json)
    settings.format = log_format::json;
  return check_handlers(settings.consumers, ctx.handlers, [&](size_t i) {
    return i < in_file ? place_in(options.config, i) : "--handler";
  });
}

int run_worker(const worker_options& options, const worker_settings& settings,
               context& ctx) {
  // Before the first thread: all of them are to leave the signals to this one.
  stop_signals signals;
  auto log = stderr_logger(settings.format, settings.level);
  auto epoch = wall_epoch();
  auto to = client::begin(ctx, [&](caf::actor_system& system) {
    return reporter_of(log, system, epoch);
  });
  if (!to)
    return refused(to.error());
  auto& system = (*to)->system();
  worker_config config;
  config.consumers = settings.consumers;
  if (options.has_consumers)
    config.joined_as_they_are.insert(options.consumers.settings.group);
  config.name = settings.name;
  config.stop_timeout = settings.stop_timeout;
  config.origin = {ctx.handlers, epoch};
  config.seed = random_uuid();
  config.log = log;
  config.node = (*to)->node();
  auto handle = system.spawn(worker, std::move(config));
  return run_until_signal(system, handle, signals, settings.stop_timeout * 2,
                          "worker");
}

void add_options(CLI::App& c, const std::shared_ptr<worker_options>& options) {
  auto& consumers = options->consumers;
  c.add_option("-c,--config", options->config,
               "Settings, as JSON: consumers, and where the cluster is; "
               "config/README.md lists them")
    ->type_name("FILE");
  auto* group = c.add_option("-g,--group", consumers.settings.group,
                             "The group that the consumers are members of")
                  ->type_name("GROUP");
  auto* topic = c.add_option("-t,--topic", consumers.settings.topics,
                             "What they read; more than once: several topics")
                  ->type_name("TOPIC")
                  ->needs(group);
  group->needs(topic);
  c.add_option("--handler", consumers.settings.handler,
               "The registered name of what handles the records")
    ->type_name("HANDLER")
    ->needs(group)
    ->capture_default_str();
  c.add_option("-o,--option", options->handler_options,
               "What the handler is told; more than once")
    ->type_name("NAME=VALUE")
    ->needs(group);
  c.add_option("-n,--count", consumers.count, "How many consumers there are")
    ->check(CLI::Range(1, 10'000))
    ->needs(group)
    ->capture_default_str();
  c.add_flag("-b,--from-beginning", options->from_beginning,
             "A group that is new begins with the first record")
    ->needs(group);
  c.add_option("--name", options->name,
               "What the group calls them, after its own name (default: the "
               "machine and the number of the process)");
  c.add_flag("--print-config", options->prints_config,
             "Print every effective setting as JSON and end");
  c.add_flag("--check", options->checks_only, "Only check the configuration");
}

} // namespace

void add_worker_command(CLI::App& app, context& ctx) {
  auto options = std::make_shared<worker_options>();
  auto* c = app.add_subcommand(
    "worker", "Run consumers of a group in a process of their own, until "
              "SIGTERM or ^C, which lets them finish what is in hand, commit "
              "and leave");
  add_options(*c, options);
  add_client_options(*c, ctx);
  c->get_option("--json")->description("Write log lines as JSON");
  c->footer(
    "Workers scale the consuming side: start as many as there is work for, "
    "wherever the nodes can be reached. Those of one group share its "
    "partitions; when one is killed, the others take over what it had. A "
    "second signal ends it at once.\n\nTry:\n"
    "  troupe worker --group SMS --topic messages --handler print\n"
    "  troupe worker --connect n1:4160,n2:4160 -g SMS -t messages -n 4\n"
    "  troupe worker --config config/worker.json\n"
    "  troupe group describe SMS     who has which partition");
  c->callback([=, &ctx] {
    options->has_consumers = c->count("--group") > 0;
    options->has_connect = c->count("--connect") > 0;
    worker_settings settings;
    ctx.exit_code = read_settings(*options, ctx, settings);
    if (ctx.exit_code != exit_ok)
      return;
    if (options->prints_config)
      fmt::print("{}\n", to_json_text(settings));
    else if (options->checks_only)
      fmt::print("the configuration is in order\n");
    else
      ctx.exit_code = run_worker(*options, settings, ctx);
  });
}

} // namespace troupe::cli
