#pragma once

#include <chrono>
#include <cstdint>

#include <caf/actor_clock.hpp>

namespace troupe {

/// Turns an actor system's clock, which is steady and begins anywhere, into
/// milliseconds since the epoch. `runtime/` supplies the difference; timers and
/// leases never use it, so that a jump of the wall clock expires nothing.
struct epoch_offset {
  std::chrono::nanoseconds value{0};

  int64_t to_ms(caf::actor_clock::time_point t) const {
    using std::chrono::duration_cast;
    return duration_cast<std::chrono::milliseconds>(t.time_since_epoch()
                                                    + value)
      .count();
  }
};

/// The time now, for an actor: milliseconds since the epoch.
template <class ActorPtr>
int64_t now_ms(ActorPtr self, const epoch_offset& epoch) {
  return epoch.to_ms(self->clock().now());
}

} // namespace troupe
