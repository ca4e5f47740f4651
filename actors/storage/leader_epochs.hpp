#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace troupe::storage {

/// Where a leader epoch begins.
struct epoch_start {
  int32_t epoch = 0;
  int64_t start_offset = 0;

  friend bool operator==(const epoch_start&, const epoch_start&) = default;
};

/// The leader epochs of a log, ascending by epoch and by offset. Never empty: a
/// log begins in epoch 0 at offset 0.
class leader_epochs {
public:
  leader_epochs() : entries_{epoch_start{}} {}

  /// Takes what was stored; `entries` ascend.
  explicit leader_epochs(std::vector<epoch_start> entries);

  /// The largest one.
  int32_t current() const noexcept {
    return entries_.back().epoch;
  }

  const std::vector<epoch_start>& entries() const noexcept {
    return entries_;
  }

  /// The epoch under which `offset` was appended; nothing when it is older than
  /// all that is known.
  std::optional<int32_t> at(int64_t offset) const noexcept;

  /// Begins `epoch` at `offset` when it is larger than the current one; one
  /// that got no records is forgotten. Returns whether something changed.
  bool begin(int32_t epoch, int64_t offset);

  /// The largest known epoch at or below `epoch`, and where it ends: at the
  /// next one's start, or at `log_end`. Older than all known: where those
  /// begin.
  epoch_start end_of(int32_t epoch, int64_t log_end) const noexcept;

  /// The log was cut at `end`: epochs from there on are gone, but the current
  /// one, which goes on there.
  void cut(int64_t end);

  /// Forgets the epochs that got no record below `end`. Returns whether there
  /// were such.
  bool forget_empty(int64_t end);

  /// Forgets epochs that ended at or below `start`.
  void forget_before(int64_t start);

private:
  std::vector<epoch_start> entries_;
};

} // namespace troupe::storage
