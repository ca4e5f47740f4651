#include "tests/simulation/workload.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace troupe::testing {

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

void draw_group(world& on, const std::string& name) {
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

void add_topic(world& on) {
  auto name = fmt::format("t{}", ++on.topics_made);
  on.create_topic(name, static_cast<int32_t>(on.random.pick(1, 4)),
                  on.random.chance(40) ? 1 * kib : 0);
}

// -- what can happen ---------------------------------------------------------

template <class Map>
auto& pick_of(world& on, Map& xs) {
  return *std::next(xs.begin(), on.random.pick(0, std::ssize(xs) - 1));
}

bool is_up(const world& on) {
  return on.phase() == node_phase::up;
}

void post(world& on) {
  if (on.topics.empty() || on.counts.done["posts"] >= posts_max)
    return;
  auto& [topic, partitions] = pick_of(on, on.topics);
  auto partition = on.random.chance(50)
                     ? static_cast<int32_t>(on.random.pick(0, partitions - 1))
                     : -1;
  on.post(topic, partition, static_cast<uint32_t>(on.random.pick(1, 12)),
          on.random.chance(70) ? acks::all : acks::leader);
}

void start(world& on) {
  auto& [name, group] = pick_of(on, on.groups);
  if (!group.is_resetting && on.consumers_of(name).size() < consumers_max)
    on.start_consumer(name);
}

consumer_client* any_consumer(world& on) {
  auto all = on.living();
  return all.empty() ? nullptr : pick_of(on, all);
}

void stop(world& on) {
  if (auto* x = any_consumer(on); x && !x->is_stopping)
    on.stop_consumer(*x);
}

void crash(world& on) {
  if (auto* x = any_consumer(on)) {
    ++on.counts.done["consumers crash"];
    on.crash_consumer(*x);
  }
}

void stall(world& on) {
  if (auto* x = any_consumer(on)) {
    ++on.counts.done["networks stall"];
    on.stall(*x, milliseconds{on.random.pick(10, 8'000)});
  }
}

void pause(world& on) {
  auto& [name, group] = pick_of(on, on.groups);
  if (is_up(on))
    on.pause(name, !group.is_paused);
}

void reset(world& on) {
  auto& [name, group] = pick_of(on, on.groups);
  if (!is_up(on) || group.is_resetting || !on.consumers_of(name).empty())
    return;
  on.reset(name, on.random.chance(50) ? start_rule::kind::latest
                                      : start_rule::kind::earliest);
}

void grow(world& on) {
  if (on.topics.empty() || !is_up(on))
    return;
  auto& [name, partitions] = pick_of(on, on.topics);
  if (partitions < partitions_max)
    on.grow_topic(name, static_cast<int32_t>(
                          on.random.pick(partitions + 1, partitions_max)));
}

void create(world& on) {
  if (on.topics_made < topics_max && is_up(on))
    add_topic(on);
}

void remove(world& on) {
  if (on.topics.size() > 1 && is_up(on))
    on.delete_topic(pick_of(on, on.topics).first);
}

void crash_producers(world& on) {
  ++on.counts.done["producers crash"];
  on.crash_producers();
}

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
  using simulation::disk_fault;
  auto& random = on.random;
  if (random.chance(50)) {
    on.note("the disk is well");
    on.disk->end_faults();
    return;
  }
  on.note("the disk fails now and then");
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
  if (is_up(on))
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
    draw_group(on, fmt::format("G{}", n));
  on.start_node();
  for (auto n = random.pick(1, 2); n > 0; --n)
    add_topic(on);
}

void draw_action(world& on) {
  struct option {
    int weight;
    void (*what)(world&);
  };
  static constexpr option options[] = {
    {34, &post},     {14, &start},    {5, &stop},
    {7, &crash},     {4, &stall},     {4, &pause},
    {3, &kill},      {4, &cut_power}, {2, &stop_node},
    {3, &grow},      {4, &reset},     {2, &create},
    {6, &harm_disk}, {1, &remove},    {2, &crash_producers},
  };
  auto sum = 0;
  for (const auto& x : options)
    sum += x.weight;
  auto drawn = on.random.pick(1, sum);
  for (const auto& x : options)
    if ((drawn -= x.weight) <= 0)
      return x.what(on);
}

void draw_pause(world& on) {
  auto kind = on.random.pick(1, 100);
  if (kind <= 60)
    on.go(static_cast<size_t>(on.random.pick(1, 250)));
  else if (kind <= 92)
    on.pass(milliseconds{on.random.pick(1, 400)});
  else
    on.pass(milliseconds{on.random.pick(400, 12'000)});
}

} // namespace troupe::testing
