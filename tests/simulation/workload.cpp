// What happens to a single node and its clients.
#include "tests/simulation/workload.hpp"

#include <fmt/format.h>

#include "tests/simulation/workload_clients.hpp"

namespace troupe::testing {

namespace {

void end(world& on, checker::node_end how,
         const simulation::power_cut& cut = {}) {
  if (on.phase() == node_phase::down)
    return;
  on.end_node(how, cut);
  // Clients of the same process end with it.
  if (on.random.chance(30)) {
    for (auto* x : on.living())
      on.crash_consumer(*x);
    on.crash_producers();
  }
  on.restart_at(on.sys.now_ms()
                + (on.random.chance(50) ? on.random.pick(0, 8'000) : 0));
}

/// For a while some calls of the disk fail, are slow or read wrongly; or it has
/// no room; or that ends.
void harm_disk(world& on) {
  auto& random = on.random;
  if (random.chance(50)) {
    on.note("the disk is well");
    on.disk->end_faults();
    return;
  }
  on.note("the disk fails now and then");
  auto rates = clients::draw_faults(random);
  on.disk->faults_by_chance(rates,
                            static_cast<uint64_t>(random.pick(1, 1 << 30)));
}

void kill(world& on) {
  end(on, checker::node_end::killed);
}

void cut_power(world& on) {
  simulation::power_cut cut;
  cut.bytes =
    static_cast<simulation::power_cut::unsynced>(on.random.pick(0, 2));
  cut.block_bytes = on.random.chance(50) ? 512 : 4096;
  end(on, checker::node_end::power_cut, cut);
}

void stop_node(world& on) {
  if (on.is_up())
    on.stop_node();
}

} // namespace

void draw_cast(world& on) {
  auto& random = on.random;
  on.settings.coordination.shards = 3;
  on.sync_time = milliseconds{random.chance(50) ? 0 : random.pick(1, 13)};
  if (random.chance(30))
    on.settings.producer.linger = milliseconds{random.pick(1, 50)};
  for (auto n = random.pick(1, 3); n > 0; --n)
    clients::draw_group(on, fmt::format("G{}", n));
  on.start_node();
  for (auto n = random.pick(1, 2); n > 0; --n)
    clients::add_topic(on);
}

void draw_action(world& on) {
  static constexpr clients::option<world> options[] = {
    {34, [](world& x) { clients::post(x, 70); }},
    {14, [](world& x) { clients::start(x); }},
    {5, [](world& x) { clients::stop(x); }},
    {7, [](world& x) { clients::crash(x); }},
    {4, [](world& x) { clients::stall(x); }},
    {4, [](world& x) { clients::pause(x); }},
    {3, &kill},
    {4, &cut_power},
    {2, &stop_node},
    {3, [](world& x) { clients::grow(x); }},
    {4, [](world& x) { clients::reset(x); }},
    {2, [](world& x) { clients::create(x); }},
    {6, &harm_disk},
    {1, [](world& x) { clients::remove(x); }},
    {2, [](world& x) { clients::crash_producers(x); }},
  };
  clients::draw(on, options);
}

void draw_pause(client_world& on) {
  auto kind = on.random.pick(1, 100);
  if (kind <= 60)
    on.go(static_cast<size_t>(on.random.pick(1, 250)));
  else if (kind <= 92)
    on.pass(milliseconds{on.random.pick(1, 400)});
  else
    on.pass(milliseconds{on.random.pick(400, 12'000)});
}

} // namespace troupe::testing
