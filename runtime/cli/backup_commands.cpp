// troupe backup, troupe restore: a node's data, copied while it runs.

#include <chrono>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "config/units.hpp"
#include "runtime/backup/backup.hpp"
#include "runtime/backup/restore.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/cli/progress_line.hpp"
#include "runtime/cli/table.hpp"
#include "runtime/json_view.hpp"
#include "runtime/posix_files.hpp"

namespace troupe::cli {

namespace {

using std::chrono::system_clock;

struct backup_options {
  std::string directory;
  std::string data_directory;
  std::string throttle;
  /// Bytes per second, 0: as fast as it goes.
  uint64_t bytes_per_second = 0;
};

using options_ptr = std::shared_ptr<backup_options>;

int64_t wall_ms() {
  return std::chrono::duration_cast<milliseconds>(
           system_clock::now().time_since_epoch())
    .count();
}

std::shared_ptr<posix_files> directory_at(const std::string& path) {
  return std::make_shared<posix_files>(path);
}

/// Whether the throttle is well written; says what is wrong.
bool read_throttle(backup_options& options) {
  if (options.throttle.empty())
    return true;
  auto read = parse_size(options.throttle);
  if (read && *read > 0) {
    options.bytes_per_second = *read;
    return true;
  }
  fmt::print(
    stderr, "troupe: --throttle '{}': expected a size above 0, such as 20MiB\n",
    options.throttle);
  return false;
}

boost::json::object to_json(const backup::manifest& x) {
  return {{"cluster_id", to_string(x.cluster_id)},
          {"node_id", x.node_id},
          {"shards", x.shards},
          {"begun_ms", x.begun_ms},
          {"program", x.program},
          {"files", x.files.size()},
          {"bytes", backup::bytes_of(x)}};
}

int show_done(const backup::manifest& x, const std::string& text,
              const context& ctx) {
  if (ctx.as_json)
    fmt::print("{}\n", boost::json::serialize(to_json(x)));
  else
    fmt::print("{}: {} files, {}; node {} of cluster {}\n", text,
               x.files.size(), show_bytes(backup::bytes_of(x)), x.node_id,
               to_string(x.cluster_id));
  return exit_ok;
}

// -- backup ------------------------------------------------------------------

/// Tells the node now and then that the backup is still made.
class holder {
public:
  holder(client& to, backup_actor keeper)
    : to_(to), keeper_(std::move(keeper)) {}

  ~holder() {
    // On a failure the node may be gone; else it lets go after a minute.
    static_cast<void>(to_.ask<caf::ok_atom>(keeper_, stop_atom_v));
  }

  caf::error beat() {
    constexpr auto interval = 5s;
    auto now = std::chrono::steady_clock::now();
    if (now - last_ < interval)
      return caf::none;
    last_ = now;
    auto answer = to_.ask<caf::ok_atom>(keeper_, beat_atom_v);
    return answer ? caf::error{} : answer.error();
  }

private:
  client& to_;
  backup_actor keeper_;
  std::chrono::steady_clock::time_point last_;
};

/// The data directory of the node, if this machine has it.
caf::expected<std::shared_ptr<posix_files>> source_of(
  const backup_summary& held) {
  auto result = directory_at(held.data_directory);
  auto identity = result->read_all("node.json");
  if (identity
      && identity->find(to_string(held.cluster_id)) != std::string::npos)
    return result;
  return make_error(
    ec::invalid_argument,
    fmt::format("the node's data directory {} cannot be read here: run this on "
                "the node's machine, as the user the node runs as",
                held.data_directory));
}

caf::expected<backup::manifest> make_backup(client& to,
                                            const backup_options& options) {
  auto target = directory_at(options.directory);
  if (auto taken = backup::check_empty(*target, "a backup"))
    return taken;
  auto keeper = to.ask<backup_actor>(to.node(), backup_atom_v);
  if (!keeper)
    return keeper.error();
  holder hold{to, *keeper};
  auto held = to.ask<backup_summary>(*keeper, describe_atom_v);
  if (!held)
    return held.error();
  auto source = source_of(*held);
  if (!source)
    return source.error();
  if (auto failed = target->make_directory(""))
    return failed;
  progress_line line{"copied", held->bytes, options.bytes_per_second};
  return backup::write(
    *held,
    [&](uint32_t number) {
      return to.ask<std::vector<log_snapshot>>(*keeper, fetch_atom_v, number);
    },
    **source, *target,
    [&](uint64_t bytes) {
      if (auto lost = hold.beat())
        return lost;
      return line.add(bytes);
    });
}

int run_backup(backup_options& options, context& ctx) {
  if (options.directory.empty()) {
    fmt::print(stderr, "troupe: DIR is missing: where is the backup to go?\n");
    return exit_usage;
  }
  if (!read_throttle(options))
    return exit_usage;
  auto to = client::connect(ctx);
  if (!to)
    return refused(to.error());
  auto made = make_backup(**to, options);
  if (!made)
    return refused(made.error());
  return show_done(*made, "backed up to " + options.directory, ctx);
}

/// Does `work` on a whole backup and shows how far it is.
template <class F>
auto with_progress(const char* verb, const backup::manifest& x, F work) {
  progress_line line{verb, backup::bytes_of(x), 0};
  return work(
    backup::progress{[&](uint64_t bytes) { return line.add(bytes); }});
}

// -- verify and restore ------------------------------------------------------

int run_verify(backup_options& options, context& ctx) {
  auto source = directory_at(options.directory);
  auto manifest = backup::read_manifest(*source);
  if (!manifest)
    return refused(manifest.error());
  auto faults = with_progress("read", *manifest, [&](const auto& done) {
    return backup::verify(*source, *manifest, done);
  });
  if (!faults)
    return refused(faults.error());
  if (ctx.as_json) {
    auto result = to_json(*manifest);
    boost::json::array list;
    for (const auto& x : *faults)
      list.push_back(boost::json::object{{"path", text_to_json(x.path)},
                                         {"what", text_to_json(x.what)}});
    result["faults"] = std::move(list);
    fmt::print("{}\n", boost::json::serialize(result));
  } else {
    for (const auto& x : *faults)
      fmt::print("DAMAGED: {}: {}\n", x.path, x.what);
    if (faults->empty())
      return show_done(*manifest, "whole", ctx);
  }
  return faults->empty() ? exit_ok : exit_not_met;
}

int run_restore(backup_options& options, context& ctx) {
  auto source = directory_at(options.directory);
  auto manifest = backup::read_manifest(*source);
  if (!manifest)
    return refused(manifest.error());
  auto target = directory_at(options.data_directory);
  auto failed = with_progress("restored", *manifest, [&](const auto& done) {
    return backup::restore(source, target, *manifest, wall_ms(), done);
  });
  if (failed)
    return refused(failed);
  return show_done(*manifest, "restored to " + options.data_directory, ctx);
}

constexpr const char* backup_help =
  "It makes a directory with all topics, records, positions of groups and "
  "settings: all that was acknowledged when it began, and perhaps some of "
  "what came while it was made. The node serves on. What was written but not "
  "acknowledged may be in it or not. Positions never point beyond the records "
  "in it.\n\n"
  "The node only holds its files meanwhile; they are copied by this program, "
  "from the node's data directory. So it has to run on the node's machine, "
  "as the node's user; the node writes to no place that a client names, and "
  "copying takes nothing from its work but the disk's time (see "
  "--throttle). DIR may be another disk; it must be empty or not exist. When "
  "this is interrupted the backup lacks its manifest and is refused by "
  "verify and restore; the node lets go of its files within a minute.\n\n"
  "  troupe backup /backup/monday --throttle 50MiB\n"
  "  troupe backup verify /backup/monday\n"
  "  troupe restore /backup/monday /var/lib/troupe";

constexpr const char* restore_help =
  "Every file is checked against the manifest. DATA_DIR must be empty or not "
  "exist. Then start a node on it, with the same node_id and "
  "coordination.shards: 'troupe node --data DATA_DIR'. It goes on with new "
  "leader epochs: consumers that were further than the backup notice, and go "
  "on at its end. Never run the old node and the restored one side by side: "
  "to everybody else they are the same node.";

} // namespace

void add_backup_commands(CLI::App& app, context& ctx) {
  auto options = std::make_shared<backup_options>();
  auto run = [options, &ctx](int (*what)(backup_options&, context&)) {
    return [=, &ctx] { ctx.exit_code = what(*options, ctx); };
  };
  auto* backup =
    app.add_subcommand("backup", "Back up a running node, or check a backup");
  auto explain = [&](CLI::App* command, const char* text) {
    command->footer(fmt::format("{}\n\n{}", text, app.get_footer()));
  };
  explain(backup, backup_help);
  backup->add_option("DIR", options->directory, "Where the backup goes");
  backup
    ->add_option("--throttle", options->throttle,
                 "Copy at most so much a second, such as 50MiB")
    ->type_name("SIZE");
  add_client_options(*backup, ctx);
  auto* verify = backup->add_subcommand(
    "verify", "Read a backup and compare it with its manifest; exit code 1 "
              "when it is damaged. No node is needed");
  verify->add_option("DIR", options->directory, "The backup")->required();
  verify->add_flag("--json", ctx.as_json, "Print JSON instead of text");
  verify->callback(run(run_verify));
  // Runs also when its subcommand did.
  backup->callback([=] {
    if (backup->get_subcommands().empty())
      run(run_backup)();
  });

  auto* restore =
    app.add_subcommand("restore", "Make a data directory of a backup");
  explain(restore, restore_help);
  restore->add_option("DIR", options->directory, "The backup")->required();
  restore
    ->add_option("DATA_DIR", options->data_directory,
                 "The data directory to be made")
    ->required();
  restore->add_flag("--json", ctx.as_json, "Print JSON instead of text");
  restore->callback(run(run_restore));
}

} // namespace troupe::cli
