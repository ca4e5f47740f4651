// A node that is told to stop waits for others to lead what it led, and only
// for those that can: a whole cluster stops at once.
#include "runtime/simulation/cluster/virtual_cluster.hpp"
#include "tests/catch.hpp"
#include "tests/later.hpp"

using namespace troupe;
using namespace troupe::simulation;
using namespace std::chrono_literals;

namespace {

struct three : virtual_cluster {
  three() {
    settings.topics = {{"messages", 3, {}}};
    for (uint32_t id : {1, 2, 3})
      start(id, id == 1);
    if (!until([this] { return is_healthy(3); }))
      FAIL(picture());
  }

  caf::timespan time_to_stop(uint32_t node) {
    auto began = net.now();
    stop(node);
    return net.now() - began;
  }
};

} // namespace

TEST_CASE_METHOD(three, "who stops hands over first; the last one does not "
                        "wait for anybody") {
  CHECK(time_to_stop(2) < 2s);
  for (const auto& x : topic(1, "messages").placement)
    CHECK((x.leader == 1 || x.leader == 3));
  CHECK(time_to_stop(3) < 2s);
  CHECK(time_to_stop(1) < 2s);
}

TEST_CASE_METHOD(three, "records are acknowledged without a pause while a node "
                        "stops") {
  auto poster = producer(1);
  caf::anon_send(at(2), stop_atom_v);
  caf::timespan longest{0};
  // For a while after it is gone, too.
  for (int i = 0, left = 300; left > 0; ++i, left -= is_gone(2) ? 1 : 0) {
    posting x;
    x.topic = "messages";
    x.content.value = bytes{std::to_string(i)};
    auto began = net.now();
    REQUIRE(ask<record_metadata>(poster, post_atom_v, x));
    longest = std::max<caf::timespan>(longest, net.now() - began);
    net.advance(5ms);
  }
  CHECK(longest < 400ms);
}

TEST_CASE_METHOD(three, "all stop at once, and none waits for the others") {
  auto began = net.now();
  size_t stopped = 0;
  for (uint32_t id : {1, 2, 3})
    caf::anon_send(at(id), stop_atom_v);
  CHECK(until([&] {
    stopped = 0;
    for (uint32_t id : {1, 2, 3})
      stopped += is_gone(id) ? 1 : 0;
    return stopped == 3;
  }));
  CHECK(net.now() - began < 3s);
}

TEST_CASE_METHOD(three, "a node of a program that does not begin anew stays") {
  cluster_order order;
  order.what = cluster_order::kind::restart;
  auto status = ask<cluster_status>(at(1), nodes_atom_v);
  REQUIRE(status);
  for (uint32_t id : {1, 2}) {
    order.node = id;
    // It is not that process any more: it has begun anew already.
    order.incarnation = {7, 7};
    CHECK(ask<caf::ok_atom>(at(1), order_atom_v, order));
    order.incarnation = status->nodes.at(id - 1).incarnation;
    auto done = ask<caf::ok_atom>(at(1), order_atom_v, order);
    REQUIRE(!done);
    CHECK(what(done.error()).find("does not start it again")
          != std::string::npos);
  }
  order.node = 9;
  auto done = ask<caf::ok_atom>(at(1), order_atom_v, order);
  REQUIRE(!done);
  CHECK(what(done.error()).find("node 9 is not reached") != std::string::npos);
  CHECK(is_healthy(3));
}
