#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "actors/protocol/cluster_messages.hpp"

namespace troupe::cli {

class client;

/// What a node has of all partitions.
struct share {
  uint32_t replicas = 0;
  uint32_t leads = 0;
  uint32_t behind = 0;
};

/// The cluster as people want to see it.
struct overview {
  cluster_status status;
  std::map<uint32_t, share> shares;
  uint32_t partitions = 0;
  // Partitions by name: nobody leads them; not all replicas are in sync; there
  // is no second replica.
  std::vector<std::string> offline;
  std::vector<std::string> under_replicated;
  std::vector<std::string> single;
};

overview summarize(cluster_status status, const std::vector<topic_info>& all);

caf::expected<overview> look(client& to);

/// Why not all is as it should be; empty: it is.
std::string flaw_of(const overview& x);

/// Why losing one of those that vote would stop the rest though it need not, or
/// who of them is missing; empty: neither.
std::string flaw_of_voters(const overview& x);

/// What the controllers can lose before nobody changes topics, or takes over
/// from nodes that fail, any more.
struct quorum_state {
  uint32_t voters = 0;
  /// Of these.
  uint32_t up = 0;
  /// Voters that may still be lost; below 0: too many are.
  int32_t spare = 0;
  /// The same in a line, with what to do about it.
  std::string meaning;
};

quorum_state quorum_of(const cluster_status& x);

/// Some of the names, and how many there are.
std::string some_of(const std::vector<std::string>& names);

} // namespace troupe::cli
