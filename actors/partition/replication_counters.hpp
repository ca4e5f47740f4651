#pragma once

#include <atomic>
#include <cstdint>

#include "actors/protocol/metrics_messages.hpp"

namespace troupe {

/// What all replicas of a node count together: those that are moved off take
/// nothing away from it.
class replication_counters {
public:
  using counter = std::atomic<uint64_t>;

  static void add(counter& x, uint64_t n = 1) noexcept {
    x.fetch_add(n, std::memory_order_relaxed);
  }

  replication_metrics read() const noexcept {
    return {bytes_in, bytes_out, elections_won, in_sync_shrinks,
            in_sync_expands};
  }

  counter bytes_in{0};
  counter bytes_out{0};
  counter elections_won{0};
  counter in_sync_shrinks{0};
  counter in_sync_expands{0};
};

} // namespace troupe
