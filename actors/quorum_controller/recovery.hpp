#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "actors/consensus/entries.hpp"
#include "actors/controller/metadata.hpp"
#include "actors/storage/files.hpp"

/// The way back when most of those that vote are lost for good: one that is
/// left becomes the only voter, with all that it knows. What the others agreed
/// on without it is lost. Offline: on the disk of a node that does not run.
namespace troupe {

struct quorum_recovery {
  /// Those that belong to it until then, as far as this node knows.
  consensus::configuration members;
  /// The last entry that it has, agreed on or not.
  uint64_t last_index = 0;
  uint64_t last_term = 0;
  /// What it is left with.
  consensus::vote voted;
  consensus::snapshot base;
  /// Partitions of all, and those, by name, that are offline until another
  /// replica comes back or is told to lead: this node was not in sync.
  uint32_t partitions = 0;
  std::vector<std::string> offline;
};

/// What becomes of `stored`, the controller's state of `node`, whose data
/// directory has the id `address`. Partitions begin new leader epochs, far
/// above those that the lost ones may have begun. Errors: `invalid_argument`
/// when the node was never one of a quorum, `corrupt_log`,
/// `unsupported_version`.
caf::expected<quorum_recovery> plan_recovery(
  const consensus::stored_state& stored, const metadata_rules& rules,
  uint32_t node, const std::string& address);

/// The same, of what a disk holds in `directory`.
caf::expected<quorum_recovery> plan_recovery(const storage::files_ptr& disk,
                                             const std::string& directory,
                                             const metadata_rules& rules,
                                             uint32_t node,
                                             const std::string& address,
                                             int64_t now_ms);

/// Durable when it returns; may be repeated.
caf::error carry_out(const storage::files_ptr& disk,
                     const std::string& directory, const quorum_recovery& x,
                     int64_t now_ms);

} // namespace troupe
