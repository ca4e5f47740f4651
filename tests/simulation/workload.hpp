#pragma once

#include "tests/simulation/cluster_world.hpp"
#include "tests/simulation/world.hpp"

namespace troupe::testing {

/// Draws who is there: topics, groups, how their handlers and the disk behave.
void draw_cast(world& on);
void draw_cast(cluster_world& on);

/// Lets one thing happen, drawn from what can happen now.
void draw_action(world& on);
void draw_action(cluster_world& on);

/// Lets steps or time pass.
void draw_pause(client_world& on);

} // namespace troupe::testing
