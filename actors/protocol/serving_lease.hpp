#pragma once

#include <atomic>
#include <cstdint>

#include <caf/timespan.hpp>

namespace troupe {

/// Until when a node may lead partitions and coordinate groups, by its actor
/// system's clock: the controllers give it anew with each of the node's beats.
/// A node that is cut off stops by itself, before others take over.
class serving_lease {
public:
  bool holds(caf::timespan now) const noexcept {
    return now.count() < until_.load(std::memory_order_relaxed);
  }

  void extend(caf::timespan until) noexcept {
    until_.store(until.count(), std::memory_order_relaxed);
  }

private:
  std::atomic<int64_t> until_{0};
};

} // namespace troupe
