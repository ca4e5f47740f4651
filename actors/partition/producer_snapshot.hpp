#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "actors/partition/producer_table.hpp"

namespace troupe {

/// What was known of producers when the log ended at `end`, so that opening it
/// needs to look only at what was appended since. It may be lost or old: the
/// log holds the same. Format: storage/FORMAT.md, 'producers'.
struct producer_snapshot {
  static constexpr int version = 1;

  int64_t end = 0;
  /// The log's leader epoch then: tells whether the log was cut below `end`
  /// and written again.
  int32_t leader_epoch = 0;
  /// The one that was silent longest first.
  std::vector<known_producer> producers;

  friend bool operator==(const producer_snapshot&,
                         const producer_snapshot&) = default;
};

/// The snapshot as a file.
std::string encode(const producer_snapshot& x);

/// Reads what `encode` wrote; `corrupt_log` for anything else, also for another
/// version.
caf::expected<producer_snapshot> decode_producer_snapshot(std::string_view x);

} // namespace troupe
