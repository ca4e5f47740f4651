#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "actors/storage/leader_epochs.hpp"

namespace troupe::storage {

/// What a log must know of itself, in its file `state`: replaced durably before
/// the first append after an open, when an epoch begins, when its start moves,
/// and at a clean stop.
struct log_state {
  static constexpr int version = 1;

  /// Stopped cleanly: what follows up to `bytes` is true, nothing needs a scan.
  bool is_clean = false;
  /// The end offset, and the bytes of the last segment; with `is_clean`.
  int64_t end = 0;
  uint64_t bytes = 0;
  /// The first offset that may be read.
  int64_t start = 0;
  std::vector<epoch_start> epochs;

  friend bool operator==(const log_state&, const log_state&) = default;
};

/// What a log would like to remember, in its file `checkpoint`: replaced now
/// and then, not durably. Losing it, or finding an older one, costs work and
/// weakens what recovery can tell, no more.
struct log_checkpoint {
  static constexpr int version = 1;

  /// Everything below was synced.
  int64_t synced = 0;
  /// Everything below was compacted.
  int64_t compacted = 0;

  friend bool operator==(const log_checkpoint&,
                         const log_checkpoint&) = default;
};

std::string encode(const log_state& x);
std::string encode(const log_checkpoint& x);

/// Read what `encode` wrote. `unsupported_version` when a newer one did,
/// `corrupt_log` for anything else; `path` is for the text.
caf::expected<log_state> decode_state(std::string_view text,
                                      const std::string& path);
caf::expected<log_checkpoint> decode_checkpoint(std::string_view text,
                                                const std::string& path);

} // namespace troupe::storage
