// troupe cluster recover: the way back when most of the nodes that vote are
// lost, on the data directories of those that are left.

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "runtime/cli/cluster_overview.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/data_directory.hpp"
#include "runtime/posix_files.hpp"
#include "runtime/quorum.hpp"
#include "runtime/random_uuid.hpp"

namespace troupe::cli {

namespace {

constexpr const char* quorum_directory = "quorum";

struct recover_options {
  std::string directory;
  std::string join;
  bool is_confirmed = false;
};

/// A data directory whose node does not run.
struct place {
  storage::files_ptr disk;
  std::unique_ptr<storage::directory_lock> lock;
  data_directory::identity about;
  uuid own_id;
};

caf::expected<std::unique_ptr<place>> open(const std::string& directory) {
  auto result = std::make_unique<place>();
  result->disk = std::make_shared<posix_files>(directory);
  auto about = data_directory::read_identity(*result->disk);
  if (!about)
    return std::move(about.error());
  result->about = *about;
  auto lock = result->disk->lock();
  if (!lock)
    return std::move(lock.error());
  result->lock = std::move(*lock);
  auto own_id = data_directory::own_id(*result->disk, random_uuid());
  if (!own_id)
    return std::move(own_id.error());
  result->own_id = *own_id;
  return result;
}

caf::error enter(place& x, const uuid& cluster) {
  return data_directory::write_identity(*x.disk, cluster, x.about.node_id,
                                        x.about.shards);
}

/// Until one fails.
caf::error in_order(const std::vector<std::function<caf::error()>>& steps) {
  for (const auto& step : steps)
    if (auto error = step())
      return error;
  return caf::none;
}

std::string voters_of(const quorum_recovery& x) {
  std::string result;
  for (const auto& each : x.members)
    if (each.role == consensus::member_role::voter)
      result += fmt::format("{}{}", result.empty() ? "" : ", ", each.id);
  return result.empty() ? "none that it knows" : result;
}

bool is_alone(const quorum_recovery& x, uint32_t node) {
  return std::none_of(x.members.begin(), x.members.end(), [&](const auto& y) {
    return y.id != node && y.role == consensus::member_role::voter;
  });
}

void warn(const recover_options& options, const place& at,
          const quorum_recovery& x) {
  fmt::print(
    "{0} is of node {1} of cluster {2}, in which these vote: {3}. The last "
    "entry of their log that it has is {4}, of term {5}.\n\n"
    "--yes makes node {1} the only one that votes, of a cluster with a new id. "
    "Do it ONLY when most of the above are lost for good; while a majority of "
    "them can be started again, start them instead.\n"
    "- What they agreed on without node {1} is lost: topics that were made or "
    "changed since, and with them their records.\n"
    "- It has a copy that counts of {6} of {7} partitions{8}. The lost ones "
    "may "
    "have acknowledged records that it lacks without knowing it.\n"
    "- No node with the old cluster's id is taken in. Stop those that are "
    "left, "
    "then join each with its data: troupe cluster recover DIRECTORY --join ID. "
    "Those that are lost start with an empty directory.\n"
    "- Copy all data directories before.\n",
    options.directory, at.about.node_id, to_string(at.about.cluster_id),
    voters_of(x), x.last_index, x.last_term, x.partitions - x.offline.size(),
    x.partitions, x.offline.empty() ? "" : "; not of " + some_of(x.offline));
}

int recover(const recover_options& options, place& at, const context& ctx) {
  if (!at.disk->exists(quorum_directory))
    return refused(make_error(ec::invalid_argument,
                              fmt::format("{} is not of a node that takes part "
                                          "in a cluster",
                                          options.directory)));
  metadata_rules rules;
  rules.cluster_id = at.about.cluster_id;
  rules.levels = ctx.levels;
  auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
               .count();
  auto plan = plan_quorum_recovery(at.disk, quorum_directory, rules,
                                   at.about.node_id, to_string(at.own_id), now);
  if (!plan)
    return refused(plan.error());
  if (is_alone(*plan, at.about.node_id)
      && !data_directory::is_recovering(*at.disk))
    return refused(make_error(
      ec::invalid_argument,
      fmt::format("node {} is the only one that votes already, of cluster {}: "
                  "start it; others with their data: troupe cluster recover "
                  "DIRECTORY --join {}",
                  at.about.node_id, to_string(at.about.cluster_id),
                  to_string(at.about.cluster_id))));
  if (!options.is_confirmed) {
    warn(options, at, *plan);
    return exit_not_met;
  }
  auto cluster = random_uuid();
  // The new cluster's id first: with the old one it would be taken for what it
  // was, and vote there as if it had decided nothing since.
  if (auto error = in_order(
        {[&] { return data_directory::begin_recovery(*at.disk); },
         [&] { return enter(at, cluster); },
         [&] { return recover_quorum(at.disk, quorum_directory, *plan, now); },
         [&] { return data_directory::end_recovery(*at.disk); }}))
    return refused(error);
  fmt::print("node {} is the only one that votes now, of cluster {}\n"
             "others that are left, with their data: troupe cluster recover "
             "DIRECTORY --join {}\n",
             at.about.node_id, to_string(cluster), to_string(cluster));
  for (const auto& name : plan->offline)
    fmt::print("offline until a replica that was in sync comes back, or "
               "'troupe cluster elect': {}\n",
               name);
  return exit_ok;
}

int join(const recover_options& options, place& at) {
  auto cluster = parse_uuid(options.join);
  if (!cluster)
    return refused(make_error(ec::invalid_argument,
                              fmt::format("--join '{}': expected 32 "
                                          "hexadecimal digits, as 'troupe "
                                          "cluster recover' says them",
                                          options.join)));
  if (*cluster == at.about.cluster_id
      && !data_directory::is_recovering(*at.disk))
    return refused(make_error(ec::invalid_argument,
                              fmt::format("{} is of cluster {} already",
                                          options.directory, options.join)));
  if (!options.is_confirmed) {
    fmt::print("node {} would leave cluster {} for {}: it keeps its records, "
               "and what it knows of topics is what that cluster has. Records "
               "of topics that are not there are removed when it is started: "
               "copy {} before. --yes does it\n",
               at.about.node_id, to_string(at.about.cluster_id),
               to_string(*cluster), options.directory);
    return exit_not_met;
  }
  // Half done it is started in neither cluster: what it promised in the old one
  // would be forgotten there, or count in the other one.
  if (auto error =
        in_order({[&] { return data_directory::begin_recovery(*at.disk); },
                  [&] { return at.disk->remove(quorum_directory); },
                  [&] { return enter(at, *cluster); },
                  [&] { return data_directory::end_recovery(*at.disk); }}))
    return refused(error);
  fmt::print("node {} is of cluster {} now: start it\n", at.about.node_id,
             to_string(*cluster));
  return exit_ok;
}

int run(const recover_options& options, const context& ctx) {
  if (!has_quorum())
    return refused(make_error(ec::invalid_argument,
                              "this program was built without libraft: there "
                              "are no clusters"));
  auto at = open(options.directory);
  if (!at)
    return refused(at.error());
  return options.join.empty() ? recover(options, **at, ctx)
                              : join(options, **at);
}

} // namespace

void add_cluster_recover(CLI::App& cluster, context& ctx) {
  auto options = std::make_shared<recover_options>();
  auto* c = cluster.add_subcommand(
    "recover", "When most of the nodes that vote are lost for good: make the "
               "one of this data directory the only one that votes. Says first "
               "what would be lost; config/cluster/README.md has all steps");
  c->add_option("directory", options->directory,
                "The data directory of a node that is left, and stopped")
    ->required();
  c->add_option("--join", options->join,
                "Not this one: it joins the cluster of this id, which another "
                "one that is left was recovered to, with its data")
    ->type_name("CLUSTER");
  c->add_flag("--yes", options->is_confirmed, "Do it");
  c->callback([options, &ctx] { ctx.exit_code = run(*options, ctx); });
}

} // namespace troupe::cli
