#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "actors/protocol/ids.hpp"

namespace troupe::backup {

/// What a backup is: its file `manifest`, written last, so that a backup
/// without one is known to be incomplete.
struct manifest {
  static constexpr int version = 1;

  struct file {
    /// Relative to the backup's directory `data`, and to the data directory
    /// that is made of it.
    std::string path;
    uint64_t bytes = 0;
    /// CRC-32C of all of it.
    uint32_t crc = 0;

    friend bool operator==(const file&, const file&) = default;
  };

  uuid cluster_id;
  uint32_t node_id = 0;
  uint32_t shards = 0;
  /// When the backup was begun: what was acknowledged before is in it.
  int64_t begun_ms = 0;
  /// Of the program that made it.
  std::string program;
  std::vector<file> files;

  friend bool operator==(const manifest&, const manifest&) = default;
};

/// Names in a backup's directory.
inline constexpr const char* manifest_name = "manifest";
inline constexpr const char* data_name = "data";

uint64_t bytes_of(const manifest& x);

std::string encode(const manifest& x);

/// Reads what `encode` wrote: `unsupported_version` when a newer program wrote
/// it, `corrupt_log` for anything else; `path` is for the text.
caf::expected<manifest> decode_manifest(std::string_view text,
                                        const std::string& path);

/// A number (leader epoch, life of the coordinators) as a restored node goes on
/// with: larger than any that the node gave after the backup was begun, and
/// than those of an earlier restore of the same backup. So what members and
/// readers remember of the other history is recognised. It grows by 1,000 and
/// by one for each minute since.
int32_t number_after_restore(int32_t number, int64_t begun_ms, int64_t now_ms);

} // namespace troupe::backup
