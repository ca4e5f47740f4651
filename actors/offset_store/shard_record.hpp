#pragma once

#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "actors/protocol/group_messages.hpp"
#include "actors/protocol/record_size.hpp"

/// How a record of a group lies in a shard's log.
///
/// Key, version 1: the version (1 byte), the length of the group id (2 bytes,
/// big-endian), the group id, the key within the group (to the end). Value: the
/// group's own bytes, untouched; null removes the key, so that the log's
/// compaction keeps exactly what the table holds. The empty group id is the
/// shard itself.
namespace troupe {

/// Longest group id that a key can carry, in bytes.
inline constexpr size_t group_bytes_max = 65'535;

/// A record of a shard's log, taken apart.
struct shard_record {
  std::string group;
  keyed_record content;
};

/// The log's record for `x` of `group` (at most `group_bytes_max` bytes).
record encode_shard_record(std::string_view group, const keyed_record& x,
                           int64_t timestamp_ms);

/// Takes a record of the log apart: `corrupt_log` when it is malformed,
/// `unsupported_version` when a newer program wrote it.
caf::expected<shard_record> decode_shard_record(const record& x);

} // namespace troupe
