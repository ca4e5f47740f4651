// What a node with many partitions and groups costs while nobody asks for
// anything: how long it takes to start, memory, processor, open files.

#include <thread>

#include <sys/resource.h>

#include <fmt/format.h>

#include "runtime/load/process_usage.hpp"
#include "tests/bench/apart.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/crowd.hpp"

namespace troupe::bench {

namespace {

using namespace std::chrono_literals;
using aim = figure::aim;

constexpr int32_t partitions_a_topic = 100;
constexpr int32_t partitions_a_group = 4;

/// The aims are for this many partitions; fewer have to need no more.
constexpr double start_aim_s = 5;
constexpr double memory_aim_mb = 300;
constexpr double processor_aim_percent = 1;
constexpr double partition_aim_bytes = 30 * 1024;

struct sizes {
  int32_t partitions;
  uint32_t groups;
};

/// Percent of a core that this process uses while nothing is asked of it.
double idle_percent(std::chrono::milliseconds span) {
  auto before = cpu_seconds();
  auto begin = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(span);
  auto passed = std::chrono::steady_clock::now() - begin;
  return (cpu_seconds() - before) * 100
         / std::chrono::duration<double>(passed).count();
}

/// The same of an actor system without actors.
double bare_idle_percent(std::chrono::milliseconds span) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  // What starting has left to do.
  std::this_thread::sleep_for(500ms);
  return idle_percent(span);
}

double mb(uint64_t bytes) {
  return static_cast<double>(bytes) / 1e6;
}

/// One record in each partition, and groups that have positions.
void prepare(const std::string& directory, const sizes& size) {
  node_here node{settings_in(directory)};
  crowd c{node};
  c.create_topics("t", size.partitions / partitions_a_topic,
                  partitions_a_topic);
  c.create_topics("small", 1, partitions_a_group);
  record one;
  one.value = bytes{std::string(100, 'x')};
  one.timestamp_ms = 1;
  c.append_to_all(make_batch({one}));
  c.create_groups("small0", size.groups);
  node.stop();
}

class idle_bench {
public:
  idle_bench(context& ctx, const sizes& size)
    : ctx_(ctx), size_(size),
      name_(fmt::format("{} partitions", size.partitions)) {}

  void run() {
    auto directory = ctx_.directory + "/data";
    run_in_child("making them", [&] { prepare(directory, size_); });
    auto span = ctx_.pick(5s, 2s);
    auto bare = bare_idle_percent(span);
    auto memory_before = resident_bytes();
    auto processor_before = cpu_seconds();
    std::unique_ptr<node_here> node;
    auto served = seconds_of(
      [&] { node = std::make_unique<node_here>(settings_in(directory)); });
    std::unique_ptr<crowd> c;
    auto opened = seconds_of([&] {
      c = std::make_unique<crowd>(*node);
      c->wait_until_all_serve();
    });
    auto processor = cpu_seconds() - processor_before;
    std::this_thread::sleep_for(500ms);
    auto memory = resident_bytes() - memory_before;
    add("started, all opened", "s", served + opened, {},
        aim{aim::kind::at_most, start_aim_s, false});
    add("started, processor", "s", processor, {}, {});
    add("started, serves", "s", served, {}, {});
    add("memory", "MB", mb(memory), {},
        aim{aim::kind::at_most, memory_aim_mb, false});
    add("memory of one", "B",
        static_cast<double>(memory) / static_cast<double>(size_.partitions), {},
        aim{aim::kind::at_most, partition_aim_bytes, false});
    add("idle", "% of a core", idle_percent(span),
        {{"an actor system without actors", bare}},
        aim{aim::kind::at_most, processor_aim_percent, false});
    report_files("open files", {});
    add("read one record of each", "s", seconds_of([&] { c->read_from_all(); }),
        {}, {});
    report_files("open files when all were read", {});
    report_groups(*c, span);
    auto stopped = seconds_of([&] { node->stop(); });
    add("stopped clean", "s", stopped, {}, {});
  }

private:
  void add(const std::string& what, const std::string& unit, double value,
           std::vector<bound> bounds, std::optional<aim> wanted) {
    ctx_.add({name_ + ", " + what, unit, value, std::move(bounds), wanted});
  }

  void report_files(const std::string& what, std::optional<aim> wanted) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    add(what, "files", static_cast<double>(open_descriptors()),
        {{"the process's limit", static_cast<double>(limit.rlim_cur)}}, wanted);
  }

  void report_groups(crowd& c, std::chrono::milliseconds span) {
    auto before = resident_bytes();
    auto name = fmt::format("and {} groups", size_.groups);
    auto loaded = seconds_of([&] { c.load_groups(size_.groups); });
    add(name + ", loaded", "s", loaded, {}, {});
    add(name + ", memory of one group", "B",
        static_cast<double>(resident_bytes() - before)
          / static_cast<double>(size_.groups),
        {}, {});
    add(name + ", idle", "% of a core", idle_percent(span), {}, {});
  }

  context& ctx_;
  sizes size_;
  std::string name_;
};

} // namespace

void run_idle_bench(context& ctx) {
  idle_bench{ctx, ctx.pick(sizes{10'000, 1'000}, sizes{2'000, 200})}.run();
}

} // namespace troupe::bench
