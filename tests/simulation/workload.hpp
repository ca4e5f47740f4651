#pragma once

#include "tests/simulation/world.hpp"

namespace troupe::testing {

/// Draws who is there: topics, groups, how their handlers and the disk behave.
void draw_cast(world& on);

/// Lets one thing happen, drawn from what can happen now.
void draw_action(world& on);

/// Lets steps or time pass.
void draw_pause(world& on);

} // namespace troupe::testing
