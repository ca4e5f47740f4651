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

  /// Whether no other node can have taken over by now, even if the controllers
  /// lost their connection to this one right after they last heard it: they
  /// wait less for it then. What has no epoch to tell old from new needs this.
  bool is_fresh(caf::timespan now) const noexcept {
    return now.count() < fresh_until_.load(std::memory_order_relaxed);
  }

  void extend(caf::timespan until, caf::timespan fresh_until) noexcept {
    until_.store(until.count(), std::memory_order_relaxed);
    fresh_until_.store(fresh_until.count(), std::memory_order_relaxed);
  }

  /// Others may take over from now on, one by one.
  void end_fresh() noexcept {
    fresh_until_.store(0, std::memory_order_relaxed);
  }

  void end() noexcept {
    extend({}, {});
  }

private:
  std::atomic<int64_t> until_{0};
  std::atomic<int64_t> fresh_until_{0};
};

} // namespace troupe
