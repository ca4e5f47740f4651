#include "runtime/cli/cluster_start.hpp"

#include <chrono>
#include <cstdio>
#include <optional>

#include <caf/actor_cast.hpp>
#include <caf/scoped_actor.hpp>
#include <fmt/format.h>

#include "runtime/data_directory.hpp"
#include "runtime/quorum.hpp"
#include "runtime/random_uuid.hpp"

namespace troupe::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto answer_timeout = 3s;

/// The cluster of the node that listens at `address`.
caf::expected<uuid> ask(caf::actor_system& system,
                        const connector_actor& connector,
                        const std::string& address) {
  caf::scoped_actor self{system};
  caf::error failure;
  auto keep = [&](caf::error& why) { failure = std::move(why); };
  caf::strong_actor_ptr found;
  self->request(connector, answer_timeout, caf::connect_atom_v, address)
    .receive([&](caf::strong_actor_ptr& x) { found = std::move(x); }, keep);
  if (!found)
    return failure;
  std::optional<controller_actor> controller;
  self
    ->request(caf::actor_cast<node_actor>(found), answer_timeout,
              controller_atom_v)
    .receive([&](controller_actor& x) { controller = std::move(x); }, keep);
  if (!controller)
    return failure;
  uuid result;
  self->request(*controller, answer_timeout, status_atom_v)
    .receive([&](node_status& x) { result = x.cluster_id; }, keep);
  if (result.is_nil())
    return failure;
  return result;
}

/// The first of the other nodes that answers.
caf::expected<uuid> ask_all(caf::actor_system& system,
                            const node_settings& settings,
                            const connector_actor& connector) {
  auto failure =
    make_error(ec::not_available, "cluster.nodes names no other node to ask");
  for (const auto& address : settings.cluster.nodes) {
    if (address == settings.cluster.address)
      continue;
    auto found = ask(system, connector, address);
    if (found)
      return found;
    failure = std::move(found.error());
  }
  return failure;
}

caf::expected<uuid> wait_for_cluster(
  caf::actor_system& system, const node_settings& settings,
  const connector_actor& connector,
  const std::function<bool()>& is_interrupted) {
  auto said = std::chrono::steady_clock::time_point{};
  while (!is_interrupted()) {
    auto found = ask_all(system, settings, connector);
    if (found)
      return found;
    if (auto now = std::chrono::steady_clock::now(); now - said > 5s) {
      said = now;
      fmt::print(stderr,
                 "troupe: node {} is new and waits for a node of its cluster "
                 "({}); the first node of a new cluster is started with "
                 "--new-cluster\n",
                 settings.node_id, what(found.error()));
    }
  }
  return make_error(ec::shutting_down, "interrupted");
}

} // namespace

caf::expected<cluster_start> begin_cluster(
  caf::actor_system& system, storage::files& disk,
  const node_settings& settings, const connector_actor& connector,
  bool is_new_cluster, const std::function<bool()>& is_interrupted) {
  if (!has_quorum())
    return make_error(ec::invalid_argument,
                      "this program was built without libraft 0.22.1: it has "
                      "single nodes only. Take 'cluster' out of the settings, "
                      "or install libraft-dev (on Debian 12 from "
                      "bookworm-backports) and build it again");
  cluster_start result;
  if (data_directory::is_there(disk)) {
    auto has_part = disk.exists("quorum");
    if (has_part && is_new_cluster)
      return make_error(ec::invalid_argument,
                        fmt::format("{} belongs to a cluster already; start "
                                    "without --new-cluster",
                                    disk.location()));
    if (!has_part && disk.exists("metadata") && !is_new_cluster)
      return make_error(ec::invalid_argument,
                        fmt::format("{} is of a single node. To begin a "
                                    "cluster with what is in it, start once "
                                    "with --new-cluster; to join one, use an "
                                    "empty directory",
                                    disk.location()));
    result.founds = is_new_cluster;
    return result;
  }
  if (is_new_cluster) {
    if (auto other = ask_all(system, settings, connector))
      return make_error(ec::invalid_argument,
                        fmt::format("there is a cluster already, {}; start "
                                    "without --new-cluster to join it",
                                    to_string(*other)));
    result.cluster_id = random_uuid();
    result.founds = true;
    return result;
  }
  auto found = wait_for_cluster(system, settings, connector, is_interrupted);
  if (!found)
    return found.error();
  result.cluster_id = *found;
  return result;
}

} // namespace troupe::cli
