// Many who wait for acks=all at once share a sync: how near they come to what
// one sync for each batch that forms allows.

#include <fmt/format.h>

#include "tests/bench/bench.hpp"
#include "tests/bench/bounds.hpp"

namespace troupe::bench {

namespace {

constexpr uint32_t waiters = 64;
constexpr uint32_t record_bytes = 100;

/// Bytes of a batch with one record.
constexpr size_t batch_bytes = 61 + record_bytes + 8;

constexpr double shared_aim = 0.8;

/// Syncs of the topic's one partition up to now.
uint64_t syncs_of(node_here& node) {
  auto topic = node.ask<topic_info>(node.handle(), topic_atom_v, "t");
  auto log = node.ask<partition_actor>(node.handle(), locate_atom_v,
                                       topic_partition{topic.id, 0});
  return node.ask<partition_status>(log, status_atom_v).syncs;
}

/// So many who wait, spread over so many producers.
void run_waiters(context& ctx, node_here& node, uint32_t producers,
                 const std::string& name) {
  samples rate, p50, p99, at_once, per_sync, shared, alone;
  for (size_t round = 0; round < ctx.rounds(); ++round) {
    shared.add(waiters
               * syncs_per_second(ctx.directory, waiters * batch_bytes, 300));
    alone.add(syncs_per_second(ctx.directory, batch_bytes, 300));
    load_plan plan;
    plan.topic = "t";
    plan.acks = acks::all;
    plan.records = ctx.pick(60'000, 15'000);
    plan.record_bytes = record_bytes;
    plan.producers = producers;
    plan.records_at_once = 1;
    plan.posts_open_max = waiters / producers;
    auto before = syncs_of(node);
    auto result = must(run_producers(node.system(), node.handle(), plan));
    auto batch = static_cast<double>(plan.records)
                 / static_cast<double>(syncs_of(node) - before);
    at_once.add(batch);
    per_sync.add(batch
                 * syncs_per_second(ctx.directory,
                                    static_cast<size_t>(batch * batch_bytes),
                                    300));
    rate.add(result.records_per_second());
    p50.add(static_cast<double>(result.latency.at(0.5).count()) / 1e3);
    p99.add(static_cast<double>(result.latency.at(0.99).count()) / 1e3);
  }
  ctx.add(
    {name,
     "records/s",
     rate.median(),
     {{"one write() and fdatasync for what each sync had", per_sync.median()},
      {"one write() and fdatasync for all of them", shared.median()},
      {"one for each of them", alone.median()}},
     figure::aim{figure::aim::kind::at_least, shared_aim, true}});
  ctx.add({name + ", records in a sync",
           "records",
           at_once.median(),
           {{"all of them", double{waiters}}},
           {}});
  ctx.add({name + ", p50", "us", p50.median(), {}, {}});
  ctx.add({name + ", p99", "us", p99.median(), {}, {}});
}

} // namespace

void run_sync_bench(context& ctx) {
  node_here node{settings_in(ctx.directory + "/data")};
  node.create("t", 1);
  run_waiters(ctx, node, 1,
              fmt::format("{} posts of one producer under way", waiters));
  run_waiters(ctx, node, waiters,
              fmt::format("{} producers, one record each under way", waiters));
  node.stop();
}

} // namespace troupe::bench
