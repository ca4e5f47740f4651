#pragma once

#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/cli/client.hpp"

namespace troupe::cli {

/// The groups of all nodes.
struct group_listing {
  /// Sorted.
  std::vector<std::string> groups;
  /// Why there may be more, a line each; empty: these are all.
  std::vector<std::string> missing;
};

/// Asks each node that leads shards of the groups' records, for some seconds
/// again if one is just not to be had. An error: not even who that is is known.
caf::expected<group_listing> list_groups(client& to);

/// Says on standard error what is missing.
void show_missing(const group_listing& x);

} // namespace troupe::cli
