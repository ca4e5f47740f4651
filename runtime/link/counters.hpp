#pragma once

#include <atomic>
#include <cstdint>

namespace troupe::link {

/// What all links of a process count; `link_metrics` says what each is.
struct counters {
  using counter = std::atomic<uint64_t>;

  static void add(counter& x, uint64_t n = 1) noexcept {
    x.fetch_add(n, std::memory_order_relaxed);
  }

  counter bytes_sent{0};
  counter bytes_received{0};
  counter opened{0};
  counter lost{0};
  counter refused_tls{0};
  counter refused_garbage{0};
  counter refused_other{0};
  counter requests_refused{0};
};

} // namespace troupe::link
