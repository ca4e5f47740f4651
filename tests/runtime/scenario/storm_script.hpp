#pragma once

#include <cstdint>

#include "config/scenario.hpp"

namespace troupe::testing {

/// A scenario drawn from a seed: topics, groups, and 20 to 40 steps that are
/// possible where they stand: posts, comings, goings and crashes of consumers,
/// pauses, resets, growth, restarts and power cuts of the node. It ends calmly:
/// all is resumed, each group has a consumer, the backlog is worked off, and
/// nothing may be lost, or come again after it was committed. A last group,
/// `Audit`, reads what is in the logs then.
///
/// Each post of a scenario has a value of its own, '<step>-<number>'.
scenario::script make_storm(uint64_t seed);

/// Steps of a scenario that hurt: crashes, and ends of the node.
size_t count_faults(const scenario::script& x);

} // namespace troupe::testing
