// What an operator is woken up by: a node that is gone, a replica that lacks
// records, an in-sync set that shrank. Each figure has to be there when it
// happens, and totals must not go back when leaders move.
#include <algorithm>

#include "runtime/simulation/cluster/virtual_cluster.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::simulation;
using namespace std::chrono_literals;

namespace {

struct watched : virtual_cluster {
  watched() {
    settings.topics = {{"messages", 3, {}}};
    // Who is cut off stays in sync for a while, behind.
    settings.cluster.lease = 30s;
    settings.cluster.lost_lease = 30s;
    for (uint32_t id : {1, 2, 3})
      start(id, id == 1);
    if (!until([this] { return is_healthy(3); }))
      FAIL(picture());
    // Leaders have gone where they are preferred.
    net.advance(10s);
  }

  node_metrics metrics(uint32_t node) {
    auto seen = ask<node_metrics>(at(node), metrics_atom_v);
    if (!seen)
      FAIL(what(seen.error()));
    return *seen;
  }

  replication_metrics sum() {
    replication_metrics result;
    for (uint32_t id : {1, 2, 3}) {
      auto x = metrics(id).replication;
      result.bytes_in += x.bytes_in;
      result.bytes_out += x.bytes_out;
      result.elections_won += x.elections_won;
      result.in_sync_shrinks += x.in_sync_shrinks;
      result.in_sync_expands += x.in_sync_expands;
    }
    return result;
  }

  caf::expected<record_metadata> post(uint32_t node, const std::string& value) {
    posting x;
    x.topic = "messages";
    x.content.key = bytes{value};
    x.content.value = bytes{value};
    return ask<record_metadata>(producer(node), post_atom_v, x);
  }
};

} // namespace

TEST_CASE_METHOD(watched, "metrics: nodes that are well say so, and agree") {
  uint32_t led = 0;
  for (uint32_t id : {1, 2, 3}) {
    auto x = metrics(id);
    CHECK(x.node_id == id);
    CHECK(x.peers == 2);
    CHECK(x.peers_connected == 2);
    CHECK(x.min_insync_replicas == 2);
    CHECK(x.metadata_index > 0);
    CHECK(x.controller.leader != 0);
    CHECK(x.controller.term > 0);
    CHECK(x.controller.log_index >= x.controller.applied_index);
    CHECK(x.controller.applied_index > 0);
    CHECK(x.lags.empty());
    led += x.controller.elections_won > 0 ? 1 : 0;
  }
  CHECK(led >= 1);
  // Each partition at least once.
  CHECK(sum().elections_won >= topic(1, offsets_topic).placement.size() + 3);
}

TEST_CASE_METHOD(watched, "metrics: what is replicated is counted at both "
                          "ends") {
  auto before = sum();
  for (int i = 0; i < 20; ++i)
    REQUIRE(post(2, std::to_string(i)));
  net.advance(1s);
  auto after = sum();
  CHECK(after.bytes_in > before.bytes_in);
  // Two followers of each record, and nothing was lost on the way.
  CHECK(after.bytes_in - before.bytes_in == after.bytes_out - before.bytes_out);
  CHECK(after.elections_won == before.elections_won);
  CHECK(after.in_sync_shrinks == before.in_sync_shrinks);
}

TEST_CASE_METHOD(watched,
                 "metrics: a node that is killed makes in-sync sets "
                 "smaller and followers lag; when it is back, larger") {
  auto before = sum();
  auto victim = metrics(1).controller.leader == 3 ? 2u : 3u;
  uint32_t other = victim == 3 ? 2 : 3;
  kill(victim);
  for (int i = 0; i < 10; ++i)
    REQUIRE(post(1, std::to_string(i)));
  net.advance(40s);
  std::vector<replica_lag> lags;
  uint64_t shrinks = 0;
  for (uint32_t id : {1u, other}) {
    auto x = metrics(id);
    CHECK(x.peers_connected == 1);
    lags.insert(lags.end(), x.lags.begin(), x.lags.end());
    shrinks += x.replication.in_sync_shrinks;
  }
  REQUIRE(!lags.empty());
  for (const auto& x : lags) {
    CHECK(x.node == victim);
    CHECK(x.records > 0);
    CHECK(x.behind_ms > 10'000);
  }
  CHECK(shrinks > before.in_sync_shrinks);
  start(victim);
  if (!until([this] { return is_healthy(3); }))
    FAIL(picture());
  auto after = sum();
  CHECK(after.in_sync_expands > before.in_sync_expands);
  CHECK(until(
    [this] { return metrics(1).lags.empty() && metrics(2).lags.empty(); }));
}

TEST_CASE_METHOD(watched, "metrics: what a node counted stays when replicas "
                          "are moved off it") {
  start(4);
  for (int i = 0; i < 20; ++i)
    REQUIRE(post(2, std::to_string(i)));
  net.advance(3s);
  auto before = metrics(1).replication;
  REQUIRE(before.bytes_in + before.bytes_out > 0);
  REQUIRE(before.elections_won > 0);
  cluster_order drain;
  drain.what = cluster_order::kind::drain;
  drain.node = 1;
  REQUIRE(ask<caf::ok_atom>(at(2), order_atom_v, drain));
  auto holds = [this] {
    auto all = topic(2, "messages").placement;
    return std::any_of(all.begin(), all.end(), [](const auto& x) {
      return std::count(x.replicas.begin(), x.replicas.end(), 1u) > 0;
    });
  };
  REQUIRE(until([&] { return !holds(); }));
  auto after = metrics(1).replication;
  CHECK(after.bytes_in >= before.bytes_in);
  CHECK(after.bytes_out >= before.bytes_out);
  CHECK(after.elections_won >= before.elections_won);
}
