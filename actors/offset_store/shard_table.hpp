#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <caf/error.hpp>

#include "actors/offset_store/shard_record.hpp"

namespace troupe {

/// What a shard's log comes to: of each group and key the last value. Replaying
/// the log and running live go through the same `apply`.
class shard_table {
public:
  /// Applies a record of the log; a malformed one is refused (`corrupt_log`,
  /// `unsupported_version`) and changes nothing.
  caf::error apply(const record& x);

  /// All that a group has, by ascending key.
  std::vector<keyed_record> records_of(const std::string& group) const;

  /// The groups that have a record, ascending.
  std::vector<std::string> groups() const;

  /// The number that the last load of any group was given; 0: none was.
  int32_t life() const noexcept {
    return life_;
  }

  friend bool operator==(const shard_table&, const shard_table&) = default;

private:
  std::map<std::string, std::map<std::string, bytes>> groups_;
  int32_t life_ = 0;
};

/// The shard's own record that makes `life` the last number given.
///
/// Why it exists: members ignore what a coordinator of an earlier life says, so
/// every coordinator needs a larger number than the one before it, also when
/// only the coordinator, or only the shard, was restarted. The log's leader
/// epoch grows only at an unclean open. So each load takes the next number, and
/// the number is durable before the load is answered. One number for all groups
/// of a shard: a group that is gone leaves nothing behind.
record life_record(int32_t life, int64_t timestamp_ms);

} // namespace troupe
