#pragma once

#include <string>

#include "runtime/simulation/disk_faults.hpp"
#include "tests/simulation/client_world.hpp"

/// What clients do, each drawn from what they can do now.
namespace troupe::testing::clients {

void draw_group(client_world& on, const std::string& name);
void add_topic(client_world& on);

/// Some records, of a hundred so many with `acks=all`.
void post(client_world& on, int percent_all);
void start(client_world& on);
void stop(client_world& on);
void crash(client_world& on);
void stall(client_world& on);
void pause(client_world& on);
void reset(client_world& on);
void grow(client_world& on);
void create(client_world& on);
void remove(client_world& on);
void crash_producers(client_world& on);

/// Calls of a disk that fail, are slow or read wrongly now and then.
simulation::fault_rates draw_faults(dice& random);

/// One of several, by weight.
template <class World>
struct option {
  int weight;
  void (*what)(World&);
};

template <class World, size_t Count>
void draw(World& on, const option<World> (&options)[Count]) {
  auto sum = 0;
  for (const auto& x : options)
    sum += x.weight;
  auto drawn = on.random.pick(1, sum);
  for (const auto& x : options)
    if ((drawn -= x.weight) <= 0)
      return x.what(on);
}

} // namespace troupe::testing::clients
