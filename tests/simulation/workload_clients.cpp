// What clients do, whoever serves them.
#include "tests/simulation/workload_clients.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace troupe::testing::clients {

namespace {

constexpr int32_t partitions_max = 6;
constexpr int topics_max = 4;
constexpr int consumers_max = 4;
/// Records of a run, so that slow groups can be told from stuck ones.
constexpr uint64_t posts_max = 250;

// -- the cast ----------------------------------------------------------------

handler_plan draw_handlers(dice& random) {
  handler_plan x;
  if (random.chance(50)) {
    x.time_min = milliseconds{random.pick(1, 20)};
    x.time_max = x.time_min + milliseconds{random.pick(1, 80)};
    if (random.chance(30))
      x.crashes = 2;
    if (random.chance(15))
      x.hangs = 1;
  }
  if (random.chance(40))
    x.fails = static_cast<int>(random.pick(2, 15));
  return x;
}

commit_policy draw_commits(dice& random) {
  commit_policy x;
  switch (random.pick(0, 3)) {
    case 0:
      x.what = commit_policy::kind::every;
      x.count = static_cast<uint32_t>(random.pick(2, 10));
      break;
    case 1:
      x.what = commit_policy::kind::interval;
      x.interval = milliseconds{random.pick(50, 2'000)};
      break;
    default:
      break;
  }
  return x;
}

} // namespace

void draw_group(client_world& on, const std::string& name) {
  auto& random = on.random;
  group_cast x;
  auto& how = x.settings;
  how.group = name;
  how.group_rules.start.what =
    random.chance(50) ? start_rule::kind::latest : start_rule::kind::earliest;
  if (random.chance(20))
    how.group_rules.assignor = "range";
  if (random.chance(10))
    how.group_rules.records_per_second =
      static_cast<double>(random.pick(20, 200));
  if (random.chance(20))
    how.handlers_in_flight = static_cast<uint32_t>(random.pick(1, 2));
  how.commit = draw_commits(random);
  if (random.chance(50))
    how.fetch_bytes_max = 600;
  how.handler_timeout = how.drain_timeout = 2s;
  how.rebalance_timeout = 5s;
  how.retry_backoff_max = 1s;
  // Topics that are not there yet, too.
  for (int i = 1; i <= topics_max; ++i)
    if (i == 1 || random.chance(50))
      how.topics.push_back(fmt::format("t{}", i));
  if (random.chance(30))
    for (auto n = random.pick(1, 2); n > 0; --n)
      x.instance_ids.push_back(fmt::format("{}-static-{}", name, n));
  x.handlers = draw_handlers(random);
  on.groups.emplace(name, std::move(x));
}

void add_topic(client_world& on) {
  auto name = fmt::format("t{}", ++on.topics_made);
  on.create_topic(name, static_cast<int32_t>(on.random.pick(1, 4)),
                  on.random.chance(40) ? 1 * kib : 0);
}

// -- what can happen ---------------------------------------------------------

namespace {

template <class Map>
auto& pick_of(client_world& on, Map& xs) {
  return *std::next(xs.begin(), on.random.pick(0, std::ssize(xs) - 1));
}

consumer_client* any_consumer(client_world& on) {
  auto all = on.living();
  return all.empty() ? nullptr : pick_of(on, all);
}

} // namespace

void post(client_world& on, int percent_all) {
  if (on.topics.empty() || on.counts.done["posts"] >= posts_max)
    return;
  auto& [topic, partitions] = pick_of(on, on.topics);
  auto partition = on.random.chance(50)
                     ? static_cast<int32_t>(on.random.pick(0, partitions - 1))
                     : -1;
  on.post(topic, partition, static_cast<uint32_t>(on.random.pick(1, 12)),
          on.random.chance(percent_all) ? acks::all : acks::leader);
}

void start(client_world& on) {
  auto& [name, group] = pick_of(on, on.groups);
  if (!group.is_resetting && on.consumers_of(name).size() < consumers_max)
    on.start_consumer(name);
}

void stop(client_world& on) {
  if (auto* x = any_consumer(on); x && !x->is_stopping)
    on.stop_consumer(*x);
}

void crash(client_world& on) {
  if (auto* x = any_consumer(on)) {
    ++on.counts.done["consumers crash"];
    on.crash_consumer(*x);
  }
}

void stall(client_world& on) {
  if (auto* x = any_consumer(on)) {
    ++on.counts.done["networks stall"];
    on.stall(*x, milliseconds{on.random.pick(10, 8'000)});
  }
}

void pause(client_world& on) {
  auto& [name, group] = pick_of(on, on.groups);
  if (on.is_up())
    on.pause(name, !group.is_paused);
}

void reset(client_world& on) {
  auto& [name, group] = pick_of(on, on.groups);
  if (!on.is_up() || group.is_resetting || !on.consumers_of(name).empty())
    return;
  on.reset(name, on.random.chance(50) ? start_rule::kind::latest
                                      : start_rule::kind::earliest);
}

void grow(client_world& on) {
  if (on.topics.empty() || !on.is_up())
    return;
  auto& [name, partitions] = pick_of(on, on.topics);
  if (partitions < partitions_max)
    on.grow_topic(name, static_cast<int32_t>(
                          on.random.pick(partitions + 1, partitions_max)));
}

void create(client_world& on) {
  if (on.topics_made < topics_max && on.is_up())
    add_topic(on);
}

void remove(client_world& on) {
  if (on.topics.size() > 1 && on.is_up())
    on.delete_topic(pick_of(on, on.topics).first);
}

void crash_producers(client_world& on) {
  ++on.counts.done["producers crash"];
  on.crash_producers();
}

// -- what disks do -----------------------------------------------------------

simulation::fault_rates draw_faults(dice& random) {
  using simulation::disk_fault;
  simulation::fault_rates rates;
  auto draw = [&](disk_fault what, int64_t most) {
    if (random.chance(40))
      rates[what] = static_cast<uint32_t>(random.pick(1, most));
  };
  draw(disk_fault::read_fails, 50'000);
  draw(disk_fault::write_fails, 20'000);
  draw(disk_fault::sync_fails, 20'000);
  draw(disk_fault::full, 20'000);
  draw(disk_fault::flip_on_read, 20'000);
  draw(disk_fault::slow_sync, 200'000);
  rates.slow_time_max = milliseconds{random.pick(10, 3'000)};
  if (random.chance(30))
    rates.path = random.chance(50) ? "__commit_offsets" : "topics/t";
  return rates;
}

} // namespace troupe::testing::clients
