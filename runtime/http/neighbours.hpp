#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/protocol/interfaces.hpp"
#include "runtime/connector.hpp"

namespace troupe::http {

/// The other nodes of a cluster. Each knows only the groups whose shards it
/// leads, so that who wants all of them asks all nodes. Safe to be used by
/// several threads.
class neighbours {
public:
  /// `reach` null: a single node.
  neighbours(caf::actor_system& system, connector_actor reach,
             uint32_t own_node);

  /// Adds the groups that living nodes other than the own one know; why some
  /// did not say goes to `problems`.
  void add_groups(const node_actor& own, std::vector<std::string>& groups,
                  std::vector<std::string>& problems);

private:
  /// Reached before, or now.
  caf::expected<node_actor> door_of(const node_info& x);
  void forget(const std::string& address);

  caf::actor_system& system_;
  connector_actor reach_;
  uint32_t own_node_;
  std::mutex mutex_;
  std::map<std::string, node_actor> doors_;
};

} // namespace troupe::http
