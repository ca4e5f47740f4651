#include "tests/simulation/simulation.hpp"

#include <fmt/format.h>

#include "tests/simulation/workload.hpp"
#include "tests/simulation/world.hpp"

namespace troupe::testing {

namespace {

constexpr int actions_min = 30;
constexpr int actions_max = 70;

/// Steps between two comparisons with a replay.
constexpr uint64_t replay_steps = 1'000;

/// How long, in virtual time, everything may take to be delivered.
constexpr caf::timespan rest_bound = std::chrono::minutes{5};

void play_faults(world& on) {
  uint64_t replay_at = replay_steps;
  for (auto n = on.random.pick(actions_min, actions_max);
       n > 0 && !on.has_failed(); --n) {
    draw_action(on);
    draw_pause(on);
    on.keep_node();
    on.look_at_all();
    if (on.counts.steps >= replay_at && on.compare_replay())
      replay_at = on.counts.steps + replay_steps;
  }
}

/// What is held back comes, what is lost learns so.
constexpr caf::timespan stall_max = std::chrono::seconds{15};

/// Everything is delivered, and stays so for a while.
void come_to_rest(world& on) {
  on.calm_down();
  on.pass(stall_max);
  std::string why;
  int in_a_row = 0;
  auto end = on.sys.now() + rest_bound;
  while (in_a_row < 3 && !on.has_failed()) {
    if (on.sys.now() >= end)
      return on.fail(fmt::format("liveness: no rest after {} s: {}",
                                 rest_bound.count() / 1'000'000'000, why));
    on.pass(std::chrono::seconds{1});
    on.keep_node();
    on.look_at_all();
    in_a_row =
      on.phase() == node_phase::up && on.is_settled(why) ? in_a_row + 1 : 0;
  }
  for (int tries = 0; !on.has_failed() && !on.compare_replay(); ++tries) {
    if (tries == 50)
      return on.fail("liveness: the node's logs do not come to rest");
    on.pass(std::chrono::milliseconds{100});
  }
}

void stop(world& on) {
  if (on.has_failed())
    return;
  on.stop_node();
  while (on.phase() != node_phase::down && !on.has_failed()) {
    on.pass(std::chrono::milliseconds{100});
    on.keep_node();
  }
  on.check().finish(true);
}

void count_disk_faults(client_world& on, const simulation::memory_files& disk) {
  const auto& faults = disk.faults();
  auto count = [&](const std::string& what, uint64_t n) {
    if (n > 0)
      on.counts.done["disk " + what] += n;
  };
  for (size_t i = 0; i < simulation::disk_fault_kinds; ++i)
    count(to_string(static_cast<simulation::disk_fault>(i)), faults.hits[i]);
  count("without room", faults.without_room);
  count("files torn", faults.files_torn);
}

simulation_result sum_up(client_world& on, int64_t begin_ms) {
  simulation_result result;
  result.problems = on.problems();
  result.trace = on.trace();
  result.counts = on.counts;
  result.counts.seeds = 1;
  result.counts.failed = result.problems.empty() ? 0 : 1;
  result.counts.events = on.check().events();
  result.counts.virtual_ms = on.now_ms() - begin_ms;
  return result;
}

} // namespace

// -- a cluster ---------------------------------------------------------------

namespace {

void play_faults(cluster_world& on) {
  for (auto n = on.random.pick(actions_min, actions_max);
       n > 0 && !on.has_failed(); --n) {
    draw_action(on);
    // What is planned comes in between.
    for (auto pauses = on.random.pick(1, 3); pauses > 0; --pauses) {
      draw_pause(on);
      on.keep_nodes();
    }
    on.look_at_all();
  }
}

void come_to_rest(cluster_world& on) {
  on.calm_down();
  on.pass(stall_max);
  on.keep_nodes();
  std::string why;
  int in_a_row = 0;
  auto end = on.now() + rest_bound;
  while (in_a_row < 3 && !on.has_failed()) {
    if (on.now() >= end && on.is_traced())
      on.note(on.nodes.picture());
    if (on.now() >= end)
      return on.fail(fmt::format("liveness: no rest after {} s: {}",
                                 rest_bound.count() / 1'000'000'000, why));
    on.pass(std::chrono::seconds{1});
    on.keep_nodes();
    on.look_at_all();
    in_a_row = on.is_settled(why) ? in_a_row + 1 : 0;
  }
  if (on.has_failed())
    return;
  on.judge_disks();
  on.check().finish(true);
}

} // namespace

simulation_result simulate_cluster(uint64_t seed, bool is_traced) {
  cluster_world on{seed, is_traced};
  auto begin_ms = on.now_ms();
  draw_cast(on);
  play_faults(on);
  come_to_rest(on);
  for (uint32_t id = 1; id <= on.size(); ++id)
    count_disk_faults(on, on.nodes.disk(id));
  return sum_up(on, begin_ms);
}

simulation_result simulate(uint64_t seed, bool is_traced) {
  world on{seed, is_traced};
  auto begin_ms = on.sys.now_ms();
  draw_cast(on);
  play_faults(on);
  come_to_rest(on);
  stop(on);
  count_disk_faults(on, *on.disk);
  return sum_up(on, begin_ms);
}

} // namespace troupe::testing
