#pragma once

#include <mutex>

#include "actors/protocol/latency_histogram.hpp"

namespace troupe {

/// How long it took to make files durable; by any thread.
class sync_times {
public:
  void add(caf::timespan x) {
    std::lock_guard guard{mutex_};
    all_.add(x);
  }

  latency_histogram read() const {
    std::lock_guard guard{mutex_};
    return all_;
  }

private:
  mutable std::mutex mutex_;
  latency_histogram all_;
};

} // namespace troupe
