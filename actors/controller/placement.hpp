#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/protocol/metadata_messages.hpp"

namespace troupe {

/// A node that may hold replicas, and what it holds already.
struct node_load {
  uint32_t id = 0;
  std::string rack;
  uint32_t replicas = 0;
  /// Of these, the ones whose preferred leader it is.
  uint32_t leaders = 0;

  friend bool operator==(const node_load&, const node_load&) = default;
};

/// Adds nodes to `replicas` until there are `factor` of them, or no more nodes,
/// and counts them in `nodes`: the preferred leader is the one that leads
/// least, the others hold least, in racks that have none of the replicas yet if
/// there are such. The same for the same input.
void place_replicas(std::vector<node_load>& nodes,
                    std::vector<uint32_t>& replicas, uint32_t factor);

/// A new partition on `replicas`: all in sync, the first one leads.
partition_placement first_placement(std::vector<uint32_t> replicas);

} // namespace troupe
