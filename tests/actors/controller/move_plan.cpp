// Replicas go where they are wanted, and nothing that was acknowledged is given
// up on the way.
#include "tests/actors/controller/cluster_fixture.hpp"

using namespace troupe;
using namespace troupe::testing;

TEST_CASE_METHOD(three_nodes, "a drained node ends with nothing, and can be "
                              "removed then") {
  start(4);
  create("sms", 1);
  REQUIRE(at("sms").replicas == nodes{1, 2, 3});
  cluster_order order;
  order.what = cluster_order::kind::drain;
  order.node = 1;
  carry_out(*plan_order(state, order));
  carry_out(plan_moves(state, 1));
  CHECK(at("sms").moving_to == nodes{2, 3, 4});
  order.what = cluster_order::kind::remove;
  CHECK(code_of(plan_order(state, order).error()) == ec::not_available);
  carry_out(change("sms", {1, 2, 3, 4}));
  CHECK(at("sms").replicas == nodes{2, 3, 4});
  CHECK(at("sms").leader == 2);
  CHECK(at("sms").leader_epoch == 2);
  CHECK(code_of(plan_order(state, order).error()) == ec::not_available);
  carry_out(plan_fence(state, 1));
  carry_out(*plan_order(state, order));
  CHECK_FALSE(state.nodes().contains(1));
}

TEST_CASE_METHOD(three_nodes, "a node that died while replicas moved to it can "
                              "be drained, and removed") {
  start(4);
  create("sms", 1);
  cluster_order order;
  order.what = cluster_order::kind::move;
  order.partition = id_of("sms");
  order.nodes = {1, 2, 4};
  carry_out(*plan_order(state, order));
  REQUIRE(at("sms").moving_to == nodes{1, 2, 4});
  carry_out(plan_fence(state, 4));
  order.what = cluster_order::kind::drain;
  order.node = 4;
  carry_out(*plan_order(state, order));
  carry_out(plan_moves(state, 1));
  CHECK(at("sms").moving_to.empty());
  CHECK(at("sms").replicas == nodes{1, 2, 3});
  CHECK(at("sms").in_sync == nodes{1, 2, 3});
  CHECK(plan_moves(state, 1).empty());
  order.what = cluster_order::kind::remove;
  carry_out(*plan_order(state, order));
  CHECK_FALSE(state.nodes().contains(4));
}

TEST_CASE_METHOD(three_nodes, "moves to a node that is drained go elsewhere, "
                              "however many may begin") {
  start(4);
  create("sms", 3);
  cluster_order order;
  order.what = cluster_order::kind::move;
  order.nodes = {1, 2, 4};
  for (int32_t partition : {0, 2}) {
    order.partition = id_of("sms", partition);
    carry_out(*plan_order(state, order));
  }
  carry_out(plan_fence(state, 4));
  order.what = cluster_order::kind::drain;
  order.node = 4;
  carry_out(*plan_order(state, order));
  carry_out(plan_moves(state, 1));
  for (int32_t partition : {0, 2})
    CHECK(at("sms", partition).moving_to.empty());
}

TEST_CASE_METHOD(three_nodes,
                 "a move to fewer replicas than there are to be is "
                 "refused: it would be undone") {
  create("sms", 1);
  create("few", 1, 1);
  cluster_order order;
  order.what = cluster_order::kind::move;
  order.partition = id_of("sms");
  order.nodes = {1, 2};
  auto refused = plan_order(state, order);
  REQUIRE_FALSE(refused);
  CHECK(what(refused.error()).find("sms is to have 3 replicas")
        != std::string::npos);
  order.partition = id_of("few");
  order.nodes = {3};
  CHECK(plan_order(state, order));
}

TEST_CASE_METHOD(three_nodes, "who is not to vote stays so when it starts "
                              "again") {
  cluster_order order;
  order.what = cluster_order::kind::demote;
  order.node = 2;
  carry_out(*plan_order(state, order));
  CHECK(state.nodes().at(2).is_standby);
  start(2, 2);
  CHECK(state.nodes().at(2).is_standby);
  carry_out(plan_fence(state, 2));
  CHECK(state.nodes().at(2).is_standby);
  order.what = cluster_order::kind::promote;
  carry_out(*plan_order(state, order));
  CHECK_FALSE(state.nodes().at(2).is_standby);
  CHECK(state.nodes().at(2).is_fenced);
}

TEST_CASE_METHOD(three_nodes, "a new node gets its share when asked for") {
  create("sms", 9, 2);
  start(4);
  // Each order moves a replica of each partition at most.
  for (int i = 0; i < 3; ++i) {
    carry_out(plan_rebalance(state));
    for (int32_t p = 0; p < 9; ++p) {
      partition_change x{id_of("sms", p), at("sms", static_cast<size_t>(p)),
                         disks()};
      ++x.wanted.epoch;
      x.wanted.in_sync = x.wanted.replicas;
      carry_out(state.plan_change(x));
    }
  }
  CHECK(plan_rebalance(state).empty());
  for (const auto& node : loads_of(state)) {
    CHECK(node.replicas >= 4);
    CHECK(node.leaders >= 2);
  }
}

TEST_CASE_METHOD(three_nodes,
                 "spreading leaves alone what a fenced node holds") {
  for (int32_t p = 0; p < 6; ++p)
    create("t" + std::to_string(p), 3, 2);
  start(4);
  carry_out(plan_fence(state, 2));
  carry_out(plan_rebalance(state));
  for (const auto& [name, topic] : state.topics())
    for (const auto& x : topic.placement) {
      CHECK(std::count(x.replicas.begin(), x.replicas.end(), 0u) == 0);
      auto target = x.moving_to.empty() ? x.replicas : x.moving_to;
      CHECK(target.size() == 2);
    }
}

TEST_CASE_METHOD(three_nodes, "orders that cannot be are refused") {
  create("sms", 1);
  auto refused = [&](cluster_order x, ec code) {
    auto plan = plan_order(state, x);
    REQUIRE_FALSE(plan);
    CHECK(code_of(plan.error()) == code);
  };
  using kind = cluster_order::kind;
  refused({kind::drain, 9, {}, {}}, ec::invalid_argument);
  refused({kind::move, 0, {{7, 7}, 0}, {1}}, ec::unknown_topic);
  refused({kind::move, 0, id_of("sms", 1), {1}}, ec::unknown_partition);
  refused({kind::move, 0, id_of("sms"), {}}, ec::invalid_argument);
  refused({kind::move, 0, id_of("sms"), {1, 1}}, ec::invalid_argument);
  refused({kind::move, 0, id_of("sms"), {1, 9}}, ec::invalid_argument);
  refused({kind::elect, 2, id_of("sms"), {}}, ec::invalid_argument);
  carry_out(*plan_order(state, {kind::drain, 3, {}, {}}));
  refused({kind::move, 0, id_of("sms"), {1, 2, 3}}, ec::invalid_argument);
  refused({kind::remove, 9, {}, {}}, ec::invalid_argument);
}
