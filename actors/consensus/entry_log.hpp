#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "actors/consensus/entries.hpp"

namespace troupe::consensus {

/// The entries that are in memory: all above the snapshot, and some below it
/// for followers that are a little behind.
class entry_log {
public:
  /// `first`: the index that the first entry has or will have.
  explicit entry_log(uint64_t first = 1, std::vector<entry> entries = {});

  uint64_t first() const noexcept {
    return first_;
  }

  /// One below `first()` when there is none.
  uint64_t last() const noexcept {
    return first_ + entries_.size() - 1;
  }

  /// 0: not in memory.
  uint64_t term_at(uint64_t index) const noexcept;

  /// Null: not in memory.
  const entry* at(uint64_t index) const noexcept;

  /// Puts `added` at `from` on; what was there is gone. `from` is at most one
  /// above the last, and not below the first.
  void append(uint64_t from, const std::vector<entry>& added);

  /// Forgets those below `index`.
  void drop_below(uint64_t index);

private:
  uint64_t first_;
  std::deque<entry> entries_;
};

} // namespace troupe::consensus
