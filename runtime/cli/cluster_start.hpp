#pragma once

#include <functional>

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include "actors/storage/files.hpp"
#include "config/settings.hpp"
#include "runtime/connector.hpp"

namespace troupe::cli {

/// What a node of a cluster begins with.
struct cluster_start {
  /// Of the cluster that it begins or joins, if its directory names none yet.
  uuid cluster_id;
  /// Its directory has no part of a cluster yet, and it begins one.
  bool founds = false;
};

/// Finds out which cluster a node is to be of. One without a directory asks the
/// nodes that its settings name, until one of them knows, or `is_interrupted`
/// says that it shall not wait; with `is_new_cluster` it begins a cluster, if
/// none of them has one. Errors: `invalid_argument`, with what to do;
/// `shutting_down`.
caf::expected<cluster_start> begin_cluster(
  caf::actor_system& system, storage::files& disk,
  const node_settings& settings, const connector_actor& connector,
  bool is_new_cluster, const std::function<bool()>& is_interrupted);

} // namespace troupe::cli
