#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "actors/protocol/record_batch.hpp"
#include "actors/storage/segment_name.hpp"

namespace troupe::storage {

/// A batch that the index knows.
struct index_entry {
  /// Of the batch's first record; -1: stands for the beginning of the segment.
  int64_t offset = -1;
  uint64_t position = 0;
  /// The largest timestamp of all batches before this one in the segment.
  int64_t max_timestamp_before_ms = std::numeric_limits<int64_t>::min();

  friend bool operator==(const index_entry&, const index_entry&) = default;
};

/// The sparse index of one segment, by offset and by time, and what is worth
/// knowing of it as a whole. Can always be made anew from the segment.
class segment_index {
public:
  static constexpr uint16_t version = 1;
  static constexpr int64_t no_timestamp = std::numeric_limits<int64_t>::min();
  static constexpr int64_t no_horizon = std::numeric_limits<int64_t>::max();

  /// What is known of the segment as a whole.
  struct summary {
    /// The offset behind the last batch.
    int64_t end = 0;
    /// Bytes of the segment that the index covers.
    uint64_t bytes = 0;
    int64_t max_timestamp_ms = no_timestamp;
    /// When its first batch was appended.
    int64_t created_ms = 0;
    /// The first time at which a tombstone in it may go.
    int64_t delete_horizon_ms = no_horizon;

    friend bool operator==(const summary&, const summary&) = default;
  };

  /// An index of an empty segment.
  explicit segment_index(int64_t base = 0, int64_t created_ms = 0);

  /// Takes note of the next batch of the segment; it becomes an entry when the
  /// last one is `interval_bytes` away.
  void add(const record_batch& batch, uint64_t interval_bytes);

  /// Where to begin looking for the batch that holds `offset`.
  index_entry find_offset(int64_t offset) const;

  /// Where to begin looking for the first batch with a timestamp of
  /// `timestamp_ms` or later.
  index_entry find_time(int64_t timestamp_ms) const;

  const summary& about() const noexcept {
    return about_;
  }

  void created_at(int64_t now_ms) noexcept {
    about_.created_ms = now_ms;
  }

  const std::vector<index_entry>& entries() const noexcept {
    return entries_;
  }

  /// The content of the index file of segment `name`.
  std::string encode(const segment_name& name) const;

  /// Reads what `encode` wrote; `corrupt_log` when it is anything else, another
  /// segment's, or does not cover exactly `segment_bytes`.
  static caf::expected<segment_index> decode(std::string_view content,
                                             const segment_name& name,
                                             uint64_t segment_bytes);

  friend bool operator==(const segment_index&, const segment_index&) = default;

private:
  summary about_;
  std::vector<index_entry> entries_;
};

} // namespace troupe::storage
