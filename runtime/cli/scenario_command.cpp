// troupe scenario: plays scripts.

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <vector>

#include <fmt/format.h>

#include "runtime/cli/context.hpp"
#include "runtime/quorum.hpp"
#include "runtime/scenario/company.hpp"
#include "runtime/scenario/player.hpp"
#include "runtime/scenario/run_printer.hpp"
#include "runtime/scenario/run_report.hpp"

namespace troupe::cli {

namespace {

struct scenario_options {
  std::vector<std::string> files;
  bool is_real_time = false;
  std::string report;
  uint64_t seed = 0;
  bool has_seed = false;
  bool is_quiet = false;
};

/// A directory of its own for a play in real time; removed at the end.
class scratch_directory {
public:
  scratch_directory() {
    auto pattern = std::filesystem::temp_directory_path() / "troupe-XXXXXX";
    path_ = pattern.string();
    if (!mkdtemp(path_.data()))
      throw std::runtime_error("no temporary directory can be made like "
                               + path_);
  }

  ~scratch_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const noexcept {
    return path_;
  }

private:
  std::string path_;
};

scenario::print_options how_to_print() {
  scenario::print_options result;
  result.colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
  return result;
}

/// Plays one script and shows it as it should be shown.
scenario::run_record play_one(const scenario::script& script,
                              const std::string& file,
                              const scenario_options& options, bool as_json) {
  scenario::play_options how;
  how.file = file;
  if (!options.is_real_time) {
    auto stage = scenario::make_virtual_stage(script);
    return scenario::play(script, *stage, how);
  }
  auto print = how_to_print();
  std::mutex mutex;
  int64_t begin_ms = -1;
  size_t width = 0;
  for (const auto& group : script.groups)
    width = std::max(width, group.name.size());
  if (!as_json)
    how.on_line = [&](const scenario::run_line& line) {
      std::lock_guard guard{mutex};
      if (begin_ms < 0)
        begin_ms = line.time_ms;
      std::fputs(scenario::print_line(line, begin_ms, width, print).c_str(),
                 stdout);
      std::fflush(stdout);
    };
  scratch_directory scratch;
  auto stage = scenario::make_real_stage(scratch.path());
  return scenario::play(script, *stage, how);
}

void show(const scenario::run_record& run, const scenario_options& options) {
  auto how = how_to_print();
  std::string text;
  if (options.is_quiet)
    text = fmt::format("{}: {}", run.file, scenario::print_summary(run, how));
  else if (options.is_real_time)
    text = scenario::print_tables(run, how)
           + scenario::print_expectations(run, how)
           + scenario::print_summary(run, how);
  else
    text = scenario::print_run(run, how);
  std::fputs(text.c_str(), stdout);
}

int write_report(const std::string& path,
                 const std::vector<scenario::run_record>& runs) {
  std::error_code failed;
  auto directory = std::filesystem::path{path}.parent_path();
  if (!directory.empty())
    std::filesystem::create_directories(directory, failed);
  std::ofstream out{path, std::ios::binary};
  out << scenario::render_report(runs);
  out.close();
  if (!out) {
    fmt::print(stderr, "troupe: --report {}: cannot be written\n", path);
    return exit_refused;
  }
  fmt::print(stderr, "report: {}\n", path);
  return exit_ok;
}

/// Why this script cannot be played as it is asked for; empty: it can.
std::string refuse(const scenario::script& script, const std::string& file,
                   const scenario_options& options) {
  if (!script.is_clustered())
    return {};
  if (options.is_real_time)
    return file
           + ": $.nodes: a cluster can be played in virtual time only: leave "
             "out --real-time";
  if (!has_quorum())
    return fmt::format("{}: $.nodes: {}", file, scenario::quorum_is_missing);
  return {};
}

int play_all(const scenario_options& options, context& ctx) {
  std::vector<scenario::run_record> runs;
  int result = exit_ok;
  for (const auto& file : options.files) {
    auto script = scenario::load_script(file);
    if (!script) {
      fmt::print(stderr, "{}", to_string(script.errors()));
      return exit_usage;
    }
    if (auto refused = refuse(*script, file, options); !refused.empty()) {
      fmt::print(stderr, "troupe: {}\n", refused);
      return exit_usage;
    }
    if (options.has_seed)
      script->seed = options.seed;
    runs.push_back(play_one(*script, file, options, ctx.as_json));
    if (!runs.back().is_passed())
      result = exit_not_met;
    if (!ctx.as_json)
      show(runs.back(), options);
  }
  if (ctx.as_json)
    fmt::print("{}\n", runs.size() == 1 ? scenario::to_json(runs.front())
                                        : scenario::to_json(runs));
  if (!options.report.empty())
    if (auto failed = write_report(options.report, runs))
      return failed;
  return result;
}

} // namespace

void add_scenario_command(CLI::App& app, context& ctx) {
  auto options = std::make_shared<scenario_options>();
  auto* command = app.add_subcommand(
    "scenario", "Play scenarios: scripts of what happens to topics and groups, "
                "with what is to come of it");
  command
    ->add_option("FILE", options->files,
                 "JSON scripts; samples/README.md describes the format")
    ->required();
  command->add_flag("--real-time", options->is_real_time,
                    "Play with real time, threads and files, and show it live "
                    "(default: virtual time, minutes in milliseconds)");
  command->add_option("--report", options->report,
                      "Write one HTML page with pictures of what happened");
  auto* seed = command->add_option(
    "--seed", options->seed,
    "Another interleaving of the actors (default: the script's)");
  command->add_flag("-q,--quiet", options->is_quiet,
                    "Only say whether expectations were met");
  command->add_flag("--json", ctx.as_json, "Print JSON instead of text");
  command->callback([options, seed, &ctx] {
    options->has_seed = seed->count() > 0;
    ctx.exit_code = play_all(*options, ctx);
  });
}

} // namespace troupe::cli
