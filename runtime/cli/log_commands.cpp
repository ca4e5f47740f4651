// troupe log: looks at logs on the disk, and repairs them, while no node runs.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "actors/storage/repair.hpp"
#include "actors/storage/verification.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/cli/log_dump.hpp"
#include "runtime/cli/log_place.hpp"
#include "runtime/cli/table.hpp"
#include "runtime/json_view.hpp"
#include "runtime/posix_files.hpp"

namespace troupe::cli {

namespace {

namespace json = boost::json;

struct log_options {
  std::string path = "data";
  bool is_confirmed = false;
};

/// Shows on a terminal how much of the work is done.
class progress_bar {
public:
  explicit progress_bar(uint64_t total)
    : total_(std::max<uint64_t>(total, 1)), is_shown_(isatty(STDERR_FILENO)) {}

  ~progress_bar() {
    if (is_shown_ && percent_ >= 0)
      fmt::print(stderr, "\r{:60}\r", "");
  }

  void add(uint64_t bytes) {
    done_ += bytes;
    auto percent = static_cast<int>(std::min(done_, total_) * 100 / total_);
    if (!is_shown_ || percent == percent_)
      return;
    percent_ = percent;
    fmt::print(stderr, "\r[{:40}] {:3}% of {}",
               std::string(static_cast<size_t>(percent) * 40 / 100, '='),
               percent, show_bytes(total_));
    std::fflush(stderr);
  }

private:
  uint64_t total_;
  uint64_t done_ = 0;
  int percent_ = -1;
  bool is_shown_;
};

/// Verifies all logs of a place.
caf::expected<std::vector<storage::verification>> verify_all(
  const log_place& place) {
  posix_files disk{place.root, posix_files::access::read_only};
  progress_bar bar{place.bytes};
  std::vector<storage::verification> result;
  for (const auto& log : place.logs) {
    auto found =
      storage::verify_log(disk, log, [&](uint64_t bytes) { bar.add(bytes); });
    if (!found)
      return found.error();
    result.push_back(std::move(*found));
  }
  return result;
}

json::object to_json(const storage::verification& x) {
  json::array findings;
  for (const auto& f : x.findings)
    findings.push_back(json::object{{"is_damage", f.is_damage},
                                    {"file", text_to_json(f.file)},
                                    {"position", f.position},
                                    {"bytes", f.bytes},
                                    {"offset", f.offset},
                                    {"text", text_to_json(f.text)}});
  return {{"directory", text_to_json(x.directory)},
          {"start", x.start},
          {"end", x.end},
          {"segments", x.segments},
          {"bytes", x.bytes},
          {"batches", x.batches},
          {"records", x.records},
          {"damages", x.damages},
          {"findings", std::move(findings)}};
}

void show(const storage::finding& x) {
  auto where = x.file;
  if (x.bytes > 0)
    where += fmt::format(", bytes {} to {}", x.position, x.position + x.bytes);
  if (x.offset >= 0)
    where += fmt::format(", from offset {}", x.offset);
  fmt::print("{} {}: {}\n", x.is_damage ? "DAMAGE" : "note", where, x.text);
}

int verify(const log_options& options, const context& ctx) {
  auto place = find_logs(options.path);
  if (!place)
    return refused(place.error());
  auto found = verify_all(*place);
  if (!found)
    return refused(found.error());
  uint64_t damages = 0;
  uint64_t batches = 0;
  uint64_t records = 0;
  json::array logs;
  for (const auto& x : *found) {
    damages += x.damages;
    batches += x.batches;
    records += x.records;
    if (ctx.as_json) {
      logs.push_back(to_json(x));
      continue;
    }
    for (const auto& f : x.findings)
      show(f);
    if (x.findings.size() == storage::verification::findings_max)
      fmt::print("{}: only the first {} are shown\n", x.directory,
                 x.findings.size());
  }
  if (ctx.as_json)
    fmt::print("{}\n",
               json::serialize(json::object{{"path", place->root},
                                            {"damages", damages},
                                            {"logs", std::move(logs)}}));
  else
    fmt::print("{} logs, {}, {} batches, {} records: {}\n", found->size(),
               show_bytes(place->bytes), batches, records,
               damages == 0 ? "no damage"
                            : fmt::format("{} DAMAGED places", damages));
  return damages == 0 ? exit_ok : exit_not_met;
}

// -- repair ------------------------------------------------------------------

std::string describe(const storage::repair_step& x) {
  using kind = storage::repair_step::kind;
  switch (x.what) {
    case kind::set_aside:
      return fmt::format("set aside {} as {}", x.file, x.aside);
    case kind::rename:
      return fmt::format("rename {} to {}", x.file, x.aside);
    case kind::cut:
      return fmt::format("cut {} at byte {}: {} bytes, kept in {}", x.file,
                         x.position, x.bytes, x.aside);
    case kind::reopen:
      return fmt::format("have {} read whole at the next open", x.file);
  }
  return {};
}

int repair(const log_options& options, const context& ctx) {
  auto place = find_logs(options.path);
  if (!place)
    return refused(place.error());
  posix_files disk{place->root, options.is_confirmed
                                  ? posix_files::access::read_write
                                  : posix_files::access::read_only};
  std::unique_ptr<storage::directory_lock> lock;
  if (options.is_confirmed && place->is_data_directory) {
    auto held = disk.lock();
    if (!held)
      return refused(held.error());
    lock = std::move(*held);
  }
  auto found = verify_all(*place);
  if (!found)
    return refused(found.error());
  json::array logs;
  bool is_anything = false;
  for (const auto& x : *found) {
    auto plan = storage::plan_repair(disk, x);
    if (!plan)
      return refused(plan.error());
    if (plan->steps.empty())
      continue;
    is_anything = true;
    json::array steps;
    for (const auto& step : plan->steps)
      steps.push_back(text_to_json(describe(step)));
    if (!ctx.as_json) {
      fmt::print("{}: ends at offset {} instead of {}; {} bytes go\n",
                 x.directory, plan->new_end, plan->old_end, plan->bytes);
      for (const auto& step : plan->steps)
        fmt::print("  {}\n", describe(step));
    }
    logs.push_back(json::object{{"directory", text_to_json(x.directory)},
                                {"new_end", plan->new_end},
                                {"old_end", plan->old_end},
                                {"bytes", plan->bytes},
                                {"steps", std::move(steps)}});
    if (options.is_confirmed)
      if (auto failure = storage::carry_out(disk, *plan))
        return refused(failure);
  }
  if (ctx.as_json)
    fmt::print("{}\n",
               json::serialize(json::object{{"path", place->root},
                                            {"is_done", options.is_confirmed},
                                            {"logs", std::move(logs)}}));
  else if (!is_anything)
    fmt::print("nothing to repair\n");
  else if (options.is_confirmed)
    fmt::print("done; what was taken away is kept beside the logs\n");
  else
    fmt::print("a preview, nothing was changed; --yes does it\n");
  return is_anything && !options.is_confirmed ? exit_not_met : exit_ok;
}

void add_path(CLI::App& command, log_options& options) {
  command
    .add_option("PATH", options.path,
                "A data directory, or the directory of one log in it")
    ->capture_default_str();
}

} // namespace

void add_log_commands(CLI::App& app, context& ctx) {
  auto options = std::make_shared<log_options>();
  auto* log = app.add_subcommand(
    "log", "Look at logs on the disk, and repair them, without a node");
  log->require_subcommand(1);
  auto* v = log->add_subcommand(
    "verify", "Read every batch and record, and report damage by file and "
              "offset; exit code 1 when there is some. Changes nothing. Beside "
              "a running node it may take an append under way for a torn end");
  add_path(*v, *options);
  v->add_flag("--json", ctx.as_json, "Print JSON instead of text");
  v->callback([options, &ctx] { ctx.exit_code = verify(*options, ctx); });
  auto* r = log->add_subcommand(
    "repair", "Let damaged logs end before their first damage, so that they "
              "open again; what is cut is kept aside. Only shows what it would "
              "do (exit code 1 when there is something) unless --yes is given. "
              "The node must be stopped");
  add_path(*r, *options);
  r->add_flag("--yes", options->is_confirmed, "Do it");
  r->add_flag("--json", ctx.as_json, "Print JSON instead of text");
  r->callback([options, &ctx] { ctx.exit_code = repair(*options, ctx); });
  add_log_dump_command(*log, ctx);
}

} // namespace troupe::cli
