// troupe bench: how many records a second a node takes and gives, and how long
// they take.

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "actors/protocol/registration.hpp"
#include "runtime/ask.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/cli/signals.hpp"
#include "runtime/cli/table.hpp"
#include "runtime/load/embedded_node.hpp"
#include "runtime/load/load.hpp"
#include "runtime/random_uuid.hpp"
#include "runtime/scheduling.hpp"

namespace troupe::cli {

namespace {

namespace json = boost::json;

struct bench_options {
  uint64_t records = 1'000'000;
  uint32_t record_bytes = 100;
  int32_t partitions = 6;
  std::string acks = "all";
  uint32_t producers = 1;
  uint32_t consumers = 1;
  bool keeps = false;
  /// There is a node to connect to.
  bool has_node = false;
  /// Where the data of a node of one's own goes.
  std::string directory;
};

/// The node that is measured: a running one, or one of this process.
class bench_node {
public:
  caf::error open(const bench_options& options, const context& ctx) {
    if (options.has_node) {
      auto connected = client::connect(ctx);
      if (!connected)
        return std::move(connected.error());
      client_ = std::move(*connected);
      return caf::none;
    }
    auto pattern = options.directory + "/troupe-bench-XXXXXX";
    if (!::mkdtemp(pattern.data()))
      return make_error(ec::invalid_argument,
                        fmt::format("--directory '{}': cannot make a directory "
                                    "in it",
                                    options.directory));
    directory_ = pattern;
    register_messages(config_);
    configure_scheduling(config_);
    system_ = std::make_unique<caf::actor_system>(config_);
    node_settings settings;
    settings.data_directory = directory_;
    auto started = embedded_node::start(*system_, settings);
    if (!started)
      return std::move(started.error());
    embedded_ = std::move(*started);
    return caf::none;
  }

  ~bench_node() {
    embedded_.reset();
    // Waits for the actors, whose files are in there.
    system_.reset();
    std::error_code ignored;
    if (!directory_.empty())
      std::filesystem::remove_all(directory_, ignored);
  }

  caf::actor_system& system() {
    return client_ ? client_->system() : *system_;
  }

  const node_actor& handle() const {
    return client_ ? client_->node() : embedded_->handle();
  }

  template <class Result, class Handle, class... Ts>
  caf::expected<Result> ask(const Handle& whom, Ts&&... xs) {
    return ask_within<Result>(system(), std::chrono::seconds{30}, whom,
                              std::forward<Ts>(xs)...);
  }

private:
  std::unique_ptr<client> client_;
  std::string directory_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<embedded_node> embedded_;
};

/// What is measured, one after the other.
struct phase {
  std::string_view what;
  caf::expected<load_result> (*run)(caf::actor_system&, const node_actor&,
                                    const load_plan&, const load_progress&);
};

constexpr phase phases[] = {{"produce", run_producers},
                            {"consume", run_consumers},
                            {"both at once", run_flow}};

/// Shows how far a phase is, where somebody looks; false once a signal came.
load_progress progress_of(std::string_view what, uint64_t records,
                          const stop_signals& signals) {
  auto is_seen = ::isatty(STDERR_FILENO) != 0;
  return [=, &signals](uint64_t done) {
    if (is_seen)
      fmt::print(stderr, "\r\033[K{}{}", what,
                 done < records ? fmt::format(": {} of {} ({}%)", done, records,
                                              done * 100 / records)
                                : "");
    if (is_seen && done >= records)
      fmt::print(stderr, "\r\033[K");
    return !signals.has_come();
  };
}

double us(const load_result& x, double share) {
  return static_cast<double>(x.latency.at(share).count()) / 1e3;
}

double cpu_a_million(const load_result& x) {
  return x.records > 0 ? x.cpu_seconds * 1e6 / static_cast<double>(x.records)
                       : 0;
}

json::object to_json(std::string_view what, const load_result& x,
                     uint32_t record_bytes) {
  json::object result{
    {"phase", what},
    {"records", x.records},
    {"seconds", x.seconds},
    {"records_per_second", x.records_per_second()},
    {"bytes_per_second", x.records_per_second() * record_bytes},
    {"cpu_seconds_per_million_records", cpu_a_million(x)}};
  // What is read long after it was posted has no latency worth the name.
  if (what != phases[1].what)
    result["latency_us"] = {
      {"p50", us(x, 0.5)}, {"p99", us(x, 0.99)}, {"p99.9", us(x, 0.999)}};
  return result;
}

std::vector<std::string> to_row(std::string_view what, const load_result& x,
                                uint32_t record_bytes) {
  auto latency = [&](double share) {
    return what == phases[1].what ? ""
                                  : fmt::format("{:.2f}", us(x, share) / 1e3);
  };
  return {std::string{what},
          fmt::format("{:.0f}", x.records_per_second()),
          fmt::format("{:.1f}", x.records_per_second() * record_bytes / 1e6),
          latency(0.5),
          latency(0.99),
          latency(0.999),
          fmt::format("{:.2f}", cpu_a_million(x))};
}

/// Runs all phases on an existing topic.
caf::error measure(bench_node& node, const load_plan& plan,
                   const stop_signals& signals, const context& ctx) {
  std::vector<std::vector<std::string>> rows;
  json::array all;
  for (const auto& x : phases) {
    auto result = x.run(node.system(), node.handle(), plan,
                        progress_of(x.what, plan.records, signals));
    if (!result)
      return std::move(result.error());
    rows.push_back(to_row(x.what, *result, plan.record_bytes));
    all.push_back(to_json(x.what, *result, plan.record_bytes));
  }
  if (ctx.as_json)
    fmt::print("{}\n",
               json::serialize(json::object{{"topic", plan.topic},
                                            {"group", plan.group},
                                            {"record_bytes", plan.record_bytes},
                                            {"phases", std::move(all)}}));
  else
    fmt::print("{}", format_table({"", "records/s", "MB/s", "p50 ms", "p99 ms",
                                   "p99.9 ms", "CPU s/M records"},
                                  rows));
  return caf::none;
}

/// Removes the topic and the group; the first failure.
caf::error clean_up(bench_node& node, const load_plan& plan) {
  auto group =
    node.ask<coordinator_actor>(node.handle(), group_atom_v, plan.group);
  caf::error failed;
  if (!group)
    failed = std::move(group.error());
  else if (auto gone = node.ask<caf::ok_atom>(*group, delete_atom_v);
           !gone && code_of(gone.error()) != ec::unknown_group)
    failed = std::move(gone.error());
  auto topic = node.ask<topic_info>(node.handle(), delete_atom_v, plan.topic);
  if (!topic && !failed)
    failed = std::move(topic.error());
  return failed;
}

int bench(const bench_options& options, context& ctx) {
  // Before the first thread: all of them are to leave the signals to this one.
  stop_signals signals;
  bench_node node;
  if (auto failed = node.open(options, ctx))
    return refused(failed);
  load_plan plan;
  plan.topic = "bench-" + to_string(random_uuid()).substr(0, 8);
  plan.group = plan.topic;
  plan.records = options.records;
  plan.record_bytes = options.record_bytes;
  plan.acks = options.acks == "all" ? acks::all : acks::leader;
  plan.producers = options.producers;
  plan.consumers = options.consumers;
  auto created =
    node.ask<topic_info>(node.handle(), create_atom_v,
                         topic_spec{plan.topic, options.partitions, {}});
  if (!created)
    return refused(created.error());
  auto failed = measure(node, plan, signals, ctx);
  if (options.keeps && options.has_node)
    fmt::print(stderr, "topic and group {} stay\n", plan.topic);
  else if (auto left = clean_up(node, plan); left && !failed)
    failed = std::move(left);
  return failed ? refused(failed) : exit_ok;
}

} // namespace

void add_bench_command(CLI::App& app, context& ctx) {
  auto options = std::make_shared<bench_options>();
  auto* c = app.add_subcommand(
    "bench", "Measure how many records a second a node takes and gives");
  c->add_option("-n,--records", options->records, "Records to post and to read")
    ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000'000}))
    ->capture_default_str();
  c->add_option("--size", options->record_bytes, "Bytes of each record's value")
    ->check(CLI::Range(8, 1'000'000))
    ->capture_default_str();
  c->add_option("-p,--partitions", options->partitions,
                "Partitions of the topic that is made for it")
    ->check(CLI::Range(1, 10'000))
    ->capture_default_str();
  c->add_option("--acks", options->acks,
                "When a record counts as posted: all (synced) or 1 (written)")
    ->check(CLI::IsMember({"all", "1"}))
    ->capture_default_str();
  c->add_option("--producers", options->producers, "Producers at once")
    ->check(CLI::Range(1, 1'000))
    ->capture_default_str();
  c->add_option("--consumers", options->consumers, "Consumers at once")
    ->check(CLI::Range(1, 1'000))
    ->capture_default_str();
  auto* connect =
    c->add_option("--connect", ctx.connect,
                  "The node to measure (default: one in this process, which "
                  "leaves nothing behind; TROUPE_CONNECT of the environment "
                  "names one, too)")
      ->type_name("HOST:PORT");
  options->directory = std::filesystem::temp_directory_path().string();
  auto* directory =
    c->add_option("--directory", options->directory,
                  "Where the node in this process keeps its data meanwhile")
      ->capture_default_str()
      ->excludes(connect);
  c->add_flag("--keep", options->keeps,
              "Leave topic and group on the node, for a look");
  c->add_flag("--json", ctx.as_json, "Print JSON instead of text");
  c->footer("'produce' is timed from a post of 500 records to its "
            "acknowledgement, 16 posts under way; 'both at once' from a post "
            "to the handler. CPU is that of this process.");
  c->callback([options, connect, directory, &ctx] {
    options->has_node =
      connect->count() > 0 || (directory->count() == 0 && ctx.is_told_connect);
    ctx.exit_code = bench(*options, ctx);
  });
}

} // namespace troupe::cli
