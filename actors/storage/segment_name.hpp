#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::storage {

/// The name of a segment's files: the offset of its first record and, once
/// compaction rewrote it, the offset behind its last one, so that what it
/// replaces is known by name.
struct segment_name {
  int64_t base = 0;
  /// -1: as it was appended; it ends where the next one begins.
  int64_t end = -1;

  bool is_compacted() const noexcept {
    return end >= 0;
  }

  friend bool operator==(const segment_name&, const segment_name&) = default;
};

/// `<base>.log` or `<base>-<end>.log`, numbers with 20 digits, so that sorting
/// by name sorts by offset.
std::string log_file_name(const segment_name& x);

/// The index beside it: `.index` instead of `.log`.
std::string index_file_name(const segment_name& x);

/// Reads what `log_file_name` wrote; nothing for any other text.
std::optional<segment_name> parse_log_file_name(std::string_view text);

} // namespace troupe::storage
