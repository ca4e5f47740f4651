// How long a record takes on a node that has nothing else to do: from the post
// to its acknowledgement and to its handler.

#include <fmt/format.h>

#include "tests/bench/bench.hpp"
#include "tests/bench/bounds.hpp"

namespace troupe::bench {

namespace {

using namespace std::chrono_literals;

/// poster -> producer -> partition -> consumer (whose handler is a function).
constexpr uint32_t hops_to_handler = 3;

/// poster -> producer -> partition and back again.
constexpr uint32_t hops_to_ack = 4;

constexpr double handler_aim_us = 200;

double us(std::chrono::nanoseconds x) {
  return static_cast<double>(x.count()) / 1e3;
}

struct measured {
  samples p50;
  samples p99;

  void add(const precise_histogram& x) {
    p50.add(us(x.at(0.5)));
    p99.add(us(x.at(0.99)));
  }
};

void measure(context& ctx, node_here& node, std::chrono::microseconds pause,
             const std::string& how) {
  auto count = pause > 0us ? ctx.pick(300u, 100u) : ctx.pick(3'000u, 1'000u);
  measured handled, acknowledged, handled_durably, acknowledged_durably;
  measured to_handler, to_ack, syncs;
  for (size_t round = 0; round < ctx.rounds(); ++round) {
    to_handler.add(bare_hops(node.system(), hops_to_handler, count, pause));
    to_ack.add(bare_hops(node.system(), hops_to_ack, count, pause));
    syncs.add(sync_times(ctx.directory, 256, 200));
    load_plan plan;
    plan.topic = "pings";
    plan.group = "pingers";
    plan.records = count;
    plan.acks = acks::leader;
    auto fast = must(run_unloaded(node.system(), node.handle(), plan, pause));
    handled.add(fast.to_handler);
    acknowledged.add(fast.to_ack);
    plan.acks = acks::all;
    auto durable =
      must(run_unloaded(node.system(), node.handle(), plan, pause));
    handled_durably.add(durable.to_handler);
    acknowledged_durably.add(durable.to_ack);
  }
  auto add = [&](const std::string& what, const measured& x, bound least,
                 std::optional<figure::aim> aim = {}) {
    ctx.add({fmt::format("{}, {}, p50", how, what),
             "us",
             x.p50.median(),
             {std::move(least)},
             aim});
    ctx.add(
      {fmt::format("{}, {}, p99", how, what), "us", x.p99.median(), {}, {}});
  };
  bound three{"3 bare messages", to_handler.p50.median()};
  bound four{"4 bare messages", to_ack.p50.median()};
  bound sync{"write() and fdatasync", syncs.p50.median()};
  bound both{"4 bare messages, write() and fdatasync", four.value + sync.value};
  using aim = figure::aim;
  add("produce to handler, acks=1", handled, three,
      aim{aim::kind::at_most, handler_aim_us, false});
  add("produce to handler, acks=all", handled_durably, three,
      aim{aim::kind::at_most, handler_aim_us + sync.value, false});
  add("produce to acknowledged, acks=1", acknowledged, four);
  add("produce to acknowledged, acks=all", acknowledged_durably, both,
      aim{aim::kind::at_most, handler_aim_us + sync.value, false});
}

} // namespace

void run_latency_bench(context& ctx) {
  node_here node{settings_in(ctx.directory + "/data")};
  node.create("pings", 1);
  measure(ctx, node, 0us, "one after the other");
  measure(ctx, node, 5000us, "one each 5 ms");
  node.stop();
}

} // namespace troupe::bench
