#include "runtime/http/neighbours.hpp"

#include <utility>

#include <caf/actor_cast.hpp>
#include <fmt/format.h>

#include "runtime/http/inquiry.hpp"

namespace troupe::http {

neighbours::neighbours(caf::actor_system& system, connector_actor reach,
                       uint32_t own_node)
  : system_(system), reach_(std::move(reach)), own_node_(own_node) {
  // nop
}

void neighbours::add_groups(const node_actor& own,
                            std::vector<std::string>& groups,
                            std::vector<std::string>& problems) {
  if (!reach_)
    return;
  auto cluster = ask<cluster_status>(system_, own, nodes_atom_v);
  if (!cluster) {
    problems.push_back("groups of other nodes: " + what(cluster.error()));
    return;
  }
  for (const auto& x : cluster->nodes) {
    // What a fenced one led is led by others.
    if (x.id == own_node_ || x.is_fenced)
      continue;
    auto door = door_of(x);
    auto found =
      door ? ask<std::vector<std::string>>(system_, *door, groups_atom_v)
           : caf::expected<std::vector<std::string>>{door.error()};
    if (found) {
      groups.insert(groups.end(), found->begin(), found->end());
      continue;
    }
    forget(x.address);
    problems.push_back(
      fmt::format("groups of node {}: {}", x.id, what(found.error())));
  }
}

caf::expected<node_actor> neighbours::door_of(const node_info& x) {
  {
    std::lock_guard guard{mutex_};
    if (auto i = doors_.find(x.address); i != doors_.end())
      return i->second;
  }
  auto door =
    ask<caf::strong_actor_ptr>(system_, reach_, caf::connect_atom_v, x.address);
  if (!door)
    return door.error();
  auto result = caf::actor_cast<node_actor>(*door);
  std::lock_guard guard{mutex_};
  doors_[x.address] = result;
  return result;
}

void neighbours::forget(const std::string& address) {
  std::lock_guard guard{mutex_};
  doors_.erase(address);
}

} // namespace troupe::http
