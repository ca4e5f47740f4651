// A move of much data must leave the line and the disks to those that post and
// read: its replicas are filled at the rate that is set, and nothing else is.
#include <algorithm>

#include "runtime/simulation/cluster/virtual_cluster.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::simulation;
using namespace std::chrono_literals;

namespace {

constexpr uint64_t rate = 100'000;
constexpr int records = 100;
constexpr size_t record_bytes = 10'000;

struct moved : virtual_cluster {
  void begin(uint64_t bytes_per_second) {
    settings.topics = {{"messages", 1, {}}};
    settings.cluster.move_bytes_per_second = bytes_per_second;
    settings.cluster.replica_fetch_bytes_max = 64 * kib;
    for (uint32_t id : {1, 2, 3})
      start(id, id == 1);
    if (!until([this] { return is_healthy(3); }))
      FAIL(picture());
    for (int i = 0; i < records; ++i)
      post();
    start(4);
    if (!until([this] { return nodes_up() == 4; }))
      FAIL(picture());
  }

  void post() {
    posting x;
    x.topic = "messages";
    x.content.value = bytes{std::string(record_bytes, 'x')};
    auto done = ask<record_metadata>(producer(2), post_atom_v, x);
    if (!done)
      FAIL(what(done.error()));
  }

  int nodes_up() {
    auto seen = ask<cluster_status>(at(1), nodes_atom_v);
    return seen ? static_cast<int>(
             std::count_if(seen->nodes.begin(), seen->nodes.end(),
                           [](const auto& x) { return !x.is_fenced; }))
                : 0;
  }

  uint64_t bytes_at_4() {
    auto seen = ask<node_metrics>(at(4), metrics_atom_v);
    if (!seen)
      FAIL(what(seen.error()));
    return seen->replication.bytes_in;
  }

  partition_placement placement() {
    return topic(1, "messages").placement.at(0);
  }

  /// From one that does not lead to node 4.
  void move() {
    auto now = placement();
    cluster_order order;
    order.what = cluster_order::kind::move;
    order.partition = {topic(1, "messages").id, 0};
    order.nodes = now.replicas;
    auto goes = std::find_if(order.nodes.begin(), order.nodes.end(),
                             [&](uint32_t x) { return x != now.leader; });
    *goes = 4;
    auto done = ask<caf::ok_atom>(at(1), order_atom_v, order);
    if (!done)
      FAIL(what(done.error()));
  }

  bool is_moved() {
    auto now = placement();
    return now.moving_to.empty()
           && std::count(now.in_sync.begin(), now.in_sync.end(), 4u) > 0;
  }
};

} // namespace

TEST_CASE_METHOD(moved, "a move keeps to its rate, and posting does not") {
  begin(rate);
  auto had = bytes_at_4();
  auto began = net.now();
  move();
  // A piece may be on its way beyond the rate.
  for (int i = 1; i <= 8; ++i) {
    net.advance(1s);
    auto passed = std::chrono::duration_cast<std::chrono::duration<double>>(
                    net.now() - began)
                    .count();
    auto got = static_cast<double>(bytes_at_4() - had);
    CHECK(got <= passed * rate + 2 * 64 * kib);
    CHECK(got >= passed * rate / 2);
    // Replicas that are in sync get theirs at once.
    auto before = net.now();
    post();
    CHECK(net.now() - before < 100ms);
    CHECK_FALSE(is_moved());
  }
  if (!until([this] { return is_moved(); }))
    FAIL(picture());
  CHECK(net.now() - began >= 9s);
  // In sync, it is not bound any more.
  had = bytes_at_4();
  for (int i = 0; i < 50; ++i)
    post();
  auto before = net.now();
  CHECK(until([&] { return bytes_at_4() - had >= 50 * record_bytes; }, 1s));
  CHECK(net.now() - before <= 1s);
}

TEST_CASE_METHOD(moved, "without a rate a move is done at once") {
  begin(0);
  auto began = net.now();
  move();
  if (!until([this] { return is_moved(); }))
    FAIL(picture());
  CHECK(net.now() - began < 3s);
}
