// What happens to the nodes of a cluster, their network and their clients.
#include <algorithm>

#include <fmt/format.h>

#include "tests/simulation/workload.hpp"
#include "tests/simulation/workload_clients.hpp"

namespace troupe::testing {

namespace {

using kind = cluster_order::kind;

uint32_t any_node(cluster_world& on) {
  return static_cast<uint32_t>(on.random.pick(1, on.size()));
}

/// A node, or the process of the clients.
uint32_t any_host(cluster_world& on) {
  return on.random.chance(20) ? virtual_cluster::first_worker : any_node(on);
}

int64_t draw_down_time(cluster_world& on) {
  return on.random.chance(50) ? on.random.pick(0, 10'000) : 0;
}

void end(cluster_world& on, uint32_t node, cluster_world::ending how) {
  if (on.runs(node))
    on.end_node(node, how, draw_down_time(on));
}

void kill(cluster_world& on) {
  end(on, any_node(on), cluster_world::ending::killed);
}

void cut_power(cluster_world& on) {
  end(on, any_node(on), cluster_world::ending::power_cut);
}

void cut_all_power(cluster_world& on) {
  for (uint32_t id = 1; id <= on.size(); ++id)
    end(on, id, cluster_world::ending::power_cut);
}

/// Only while the others have all there is, and all know that they do: what is
/// only here would be lost.
void lose_disk(cluster_world& on) {
  std::string why;
  if (!on.is_well(why))
    return;
  // A process that was started again just now is missed only later.
  on.pass(std::chrono::seconds{5});
  if (on.is_well(why))
    end(on, any_node(on), cluster_world::ending::disk_lost);
}

void stop_node(cluster_world& on) {
  auto node = any_node(on);
  if (on.runs(node))
    on.stop_node(node, draw_down_time(on));
}

void pause_node(cluster_world& on) {
  auto node = any_node(on);
  if (on.runs(node))
    on.pause_node(node, on.random.pick(50, 12'000));
}

void cut_line(cluster_world& on) {
  auto a = any_host(on);
  auto b = any_node(on);
  auto length = on.random.pick(50, 15'000);
  if (a == b)
    return;
  on.cut(a, b, length);
  if (on.random.chance(50))
    on.cut(b, a, length);
}

/// Cut off from all other nodes, in one direction or both.
void isolate(cluster_world& on) {
  auto node = any_node(on);
  auto length = on.random.pick(50, 20'000);
  auto in = on.random.chance(70);
  auto out = !in || on.random.chance(60);
  for (uint32_t other = 1; other <= on.size(); ++other) {
    if (other == node)
      continue;
    if (in)
      on.cut(other, node, length);
    if (out)
      on.cut(node, other, length);
  }
}

void slow_line(cluster_world& on) {
  auto a = any_host(on);
  auto b = any_node(on);
  if (a != b)
    on.slow_down(a, b, milliseconds{on.random.pick(2, 400)},
                 on.random.pick(500, 15'000));
}

void harm_disk(cluster_world& on) {
  auto& disk = on.nodes.disk(any_node(on));
  if (on.random.chance(60)) {
    disk.end_faults();
    return;
  }
  auto rates = clients::draw_faults(on.random);
  disk.faults_by_chance(rates,
                        static_cast<uint64_t>(on.random.pick(1, 1 << 30)));
}

void give_order(cluster_world& on) {
  cluster_order x;
  x.node = any_node(on);
  switch (on.random.pick(0, 4)) {
    case 0:
      x.what = kind::drain;
      break;
    case 1:
    case 2:
      x.what = kind::undrain;
      break;
    case 3:
      x.what = kind::rebalance;
      break;
    default:
      x.what = kind::transfer;
      break;
  }
  on.order(x);
}

} // namespace

void draw_cast(cluster_world& on) {
  auto& random = on.random;
  on.settings.coordination.shards = 3;
  on.settings.cluster.replica_lag_max =
    milliseconds{random.pick(1, 10) * 1'000};
  if (random.chance(30))
    on.settings.cluster.replica_fetch_bytes_max = 1'024;
  if (random.chance(30))
    on.settings.producer.linger = milliseconds{random.pick(1, 50)};
  on.nodes.sync_time = milliseconds{random.chance(50) ? 0 : random.pick(1, 13)};
  for (auto n = random.pick(1, 3); n > 0; --n)
    clients::draw_group(on, fmt::format("G{}", n));
  on.begin(random.chance(75) ? 3 : 5);
  on.pass(milliseconds{random.pick(0, 4'000)});
  for (auto n = random.pick(1, 2); n > 0; --n)
    clients::add_topic(on);
}

void draw_action(cluster_world& on) {
  using w = cluster_world;
  static constexpr clients::option<w> options[] = {
    {34, [](w& x) { clients::post(x, 100); }},
    {14, [](w& x) { clients::start(x); }},
    {4, [](w& x) { clients::stop(x); }},
    {4, [](w& x) { clients::crash(x); }},
    {2, [](w& x) { clients::stall(x); }},
    {2, [](w& x) { clients::pause(x); }},
    {3, [](w& x) { clients::grow(x); }},
    {3, [](w& x) { clients::reset(x); }},
    {3, [](w& x) { clients::create(x); }},
    {1, [](w& x) { clients::remove(x); }},
    {1, [](w& x) { clients::crash_producers(x); }},
    {6, &kill},
    {3, &cut_power},
    {1, &cut_all_power},
    {1, &lose_disk},
    {3, &stop_node},
    {5, &pause_node},
    {6, &cut_line},
    {5, &isolate},
    {4, &slow_line},
    {3, &harm_disk},
    {3, &give_order},
  };
  clients::draw(on, options);
}

} // namespace troupe::testing
