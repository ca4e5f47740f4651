#pragma once

#include <map>
#include <string>
#include <vector>

#include "actors/controller/metadata.hpp"
#include "actors/offset_store/shard_table.hpp"
#include "actors/storage/files.hpp"
#include "tests/checker/history.hpp"

namespace troupe::checker {

/// What a data directory holds, read batch by batch without the product's log:
/// up to the first bytes of a log that are no batch, which is how far a log
/// opens after a crash.
struct disk_image {
  /// Topics with the partitions that have a directory, without internal ones.
  std::vector<log_found> logs;
  positions_found positions;
  /// What the shards' logs come to, by shard.
  std::map<int32_t, shard_table> shards;
  /// What the log of metadata comes to.
  metadata topics;
  /// What must not be: damage, and partitions with two owners at any point of
  /// a shard's log (I1).
  std::vector<std::string> problems;
};

/// Reads all of a data directory; changes nothing. The values of records are
/// not checked.
disk_image read_disk(storage::files& disk);

} // namespace troupe::checker
