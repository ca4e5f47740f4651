#pragma once

#include <cstdint>
#include <optional>

#include <caf/actor_clock.hpp>

#include "actors/protocol/retry.hpp"

/// When what has ended is started again: later each time that it fails soon,
/// for ever.
namespace troupe {

constexpr std::chrono::milliseconds first_restart_delay{100};
constexpr std::chrono::milliseconds last_restart_delay{30'000};

/// How many failures in a row one more makes, of what was well since `since`;
/// none: it was not.
inline uint32_t failures_in_a_row(
  uint32_t before, std::optional<caf::actor_clock::time_point> since,
  caf::actor_clock::time_point now) {
  // What was well for long begins anew; what opens and fails at once does not.
  return since && now - *since >= last_restart_delay ? 1 : before + 1;
}

/// How long to wait then.
inline std::chrono::milliseconds restart_delay(uint32_t failures) {
  return backoff_after(failures + 1, first_restart_delay, last_restart_delay);
}

} // namespace troupe
