#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "actors/protocol/record_batch.hpp"

namespace troupe {

/// The last batches of a log, in memory: readers that follow its end share the
/// buffers that the producers sent, without a copy and without the disk.
class tail_cache {
public:
  /// Keeps at most `bytes_max` of batches, but always the last one; 0 keeps
  /// nothing.
  explicit tail_cache(uint64_t bytes_max);

  /// The batch that was just appended: it begins where the last one ended.
  void add(const record_batch& x);

  /// Whole batches from the one that holds `offset` on, at most `bytes_max` of
  /// them but at least one; empty at the end. Nothing when `offset` is not in
  /// here: ask the log.
  std::optional<std::vector<record_batch>> read(int64_t offset,
                                                uint64_t bytes_max) const;

  /// Forgets everything.
  void clear();

  uint64_t bytes() const noexcept {
    return bytes_;
  }

  size_t size() const noexcept {
    return batches_.size();
  }

private:
  uint64_t bytes_max_;
  uint64_t bytes_ = 0;
  std::deque<record_batch> batches_;
};

} // namespace troupe
