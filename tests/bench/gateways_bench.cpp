// Many consumers that wait for a slow gateway: whether they wait side by side,
// what that costs, and whether anybody else notices.

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "actors/producer/producer.hpp"
#include "runtime/load/process_usage.hpp"
#include "runtime/shipped_handlers.hpp"
#include "runtime/wall_epoch.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/slow_server.hpp"

namespace troupe::bench {

namespace {

using namespace std::chrono_literals;
using aim = figure::aim;

constexpr auto delay = 2s;

/// Each partition has enough for the whole run.
constexpr int records_each = 30;

node_settings settings_for(const context& ctx, const std::string& url,
                           uint32_t consumers) {
  auto result = settings_in(ctx.fresh_directory("gateways"));
  result.topics = {{"messages", static_cast<int32_t>(consumers), {}}};
  consumers_spec spec;
  spec.count = consumers;
  auto& x = spec.settings;
  x.group = "SMSGroup";
  x.topics = {"messages"};
  x.handler = "webhook";
  x.options = {{"url", url}};
  x.group_rules.start.what = start_rule::kind::earliest;
  // A thousand members join at once.
  x.session_timeout = 30s;
  x.heartbeat_interval = 5s;
  result.consumers = {spec};
  return result;
}

handler_registry shipped() {
  handler_registry result;
  add_shipped_handlers(result);
  return result;
}

void post_all(node_here& node, int32_t partitions) {
  producer_config config;
  config.node = node.handle();
  config.epoch = wall_epoch();
  auto who = node.system().spawn(producer, std::move(config));
  for (int32_t p = 0; p < partitions; ++p) {
    std::vector<posting> some;
    for (int i = 0; i < records_each; ++i) {
      posting x;
      x.topic = "messages";
      x.partition = p;
      x.content.value = bytes{std::string(100, 'x')};
      some.push_back(std::move(x));
    }
    node.ask<std::vector<record_metadata>>(who, post_atom_v, some);
  }
  caf::anon_send_exit(who, caf::exit_reason::kill);
}

} // namespace

void run_gateways_bench(context& ctx) {
  auto consumers = ctx.pick(1'000u, 100u);
  slow_server gateway{delay};
  node_here node{settings_for(ctx, gateway.url(), consumers), shipped()};
  post_all(node, static_cast<int32_t>(consumers));
  // Once all have joined, and each has a record on its way.
  for (auto end = std::chrono::steady_clock::now() + 120s;
       gateway.waiting() + 1 < consumers;) {
    if (std::chrono::steady_clock::now() > end)
      throw std::runtime_error(fmt::format("only {} of {} consumers send",
                                           gateway.waiting(), consumers));
    std::this_thread::sleep_for(10ms);
  }
  auto window = ctx.pick(20s, 6s);
  auto before = gateway.answered();
  auto cpu = cpu_seconds();
  std::vector<double> answers_ms;
  auto began = std::chrono::steady_clock::now();
  auto seconds = seconds_of([&] {
    while (std::chrono::steady_clock::now() - began < window) {
      answers_ms.push_back(1000 * seconds_of([&] {
                             node.ask<node_status>(node.handle(),
                                                   status_atom_v);
                           }));
      std::this_thread::sleep_for(100ms);
    }
  });
  auto rate = static_cast<double>(gateway.answered() - before) / seconds;
  auto latency = std::chrono::duration<double>(delay).count();
  ctx.add({fmt::format("{} consumers wait for a gateway of {} s", consumers,
                       delay.count()),
           "records/s",
           rate,
           {{"consumers / latency", consumers / latency}},
           aim{aim::kind::at_least, 0.95, true}});
  ctx.add({"a request to the node meanwhile, median",
           "ms",
           median(answers_ms),
           {},
           aim{aim::kind::at_most, 10, false}});
  ctx.add({"CPU meanwhile", "cores", (cpu_seconds() - cpu) / seconds, {}, {}});
  ctx.add({"memory of the node and its consumers",
           "MB",
           static_cast<double>(resident_bytes()) / 1e6,
           {},
           aim{aim::kind::at_most, 500, false}});
}

} // namespace troupe::bench
