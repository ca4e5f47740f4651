#pragma once

#include <chrono>

#include <caf/actor_clock.hpp>

#include "actors/protocol/clock.hpp"

namespace troupe {

/// The difference between the machine's wall clock and its steady clock, which
/// CAF's clock follows, as it is now.
inline epoch_offset wall_epoch() {
  using namespace std::chrono;
  return epoch_offset{system_clock::now().time_since_epoch()
                      - caf::actor_clock::clock_type::now().time_since_epoch()};
}

} // namespace troupe
