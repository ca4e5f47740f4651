// Who leads decides what is kept: only living replicas in sync are elected,
// each under a new epoch, and every plan is one that the metadata takes.
#include "actors/controller/cluster_plan.hpp"

#include <algorithm>
#include <map>
#include <random>

#include "tests/actors/controller/cluster_fixture.hpp"

using namespace troupe;
using namespace troupe::testing;

TEST_CASE_METHOD(three_nodes, "replicas and leaders are spread evenly") {
  start(4);
  create("sms", 8, 3);
  std::map<uint32_t, int> leads;
  std::map<uint32_t, int> holds;
  for (const auto& x : state.topics().at("sms").placement) {
    CHECK(x.replicas.size() == 3);
    CHECK(x.in_sync == x.replicas);
    CHECK(x.leader == x.replicas.front());
    ++leads[x.leader];
    for (auto node : x.replicas)
      ++holds[node];
  }
  for (uint32_t id : {1, 2, 3, 4}) {
    CHECK(leads[id] == 2);
    CHECK(holds[id] == 6);
  }
}

TEST_CASE_METHOD(fixture, "replicas are in different racks if there are") {
  for (uint32_t id = 1; id <= 6; ++id) {
    auto x = info(id);
    x.rack = id <= 3 ? "a" : "b";
    carry_out(plan_registration(state, x));
    carry_out(plan_unfence(state, id));
  }
  create("sms", 12, 2);
  for (const auto& x : state.topics().at("sms").placement)
    CHECK((x.replicas[0] <= 3) != (x.replicas[1] <= 3));
}

TEST_CASE_METHOD(fixture, "more replicas than nodes are refused when asked for,"
                          " not when they are the default") {
  start(1);
  create("default", 1);
  CHECK(at("default").replicas == nodes{1});
  auto refused = state.plan_create({"two", 1, {}, 2}, false);
  REQUIRE_FALSE(refused);
  CHECK(code_of(refused.error()) == ec::not_available);
}

TEST_CASE_METHOD(three_nodes, "a fenced node leads nothing; one in sync does") {
  create("sms", 1);
  REQUIRE(at("sms").replicas == nodes{1, 2, 3});
  carry_out(change("sms", {1, 3}));
  carry_out(plan_fence(state, 1));
  CHECK(at("sms").leader == 3);
  CHECK(at("sms").leader_epoch == 2);
  CHECK(at("sms").in_sync == nodes{1, 3});
  CHECK(state.nodes().at(1).is_fenced);
  // Only who leads can do without it.
  CHECK(plan_shrink(state, 2).empty());
  carry_out(plan_shrink(state, 3));
  CHECK(at("sms").in_sync == nodes{3});
  CHECK(plan_shrink(state, 3).empty());
  CHECK(plan_fence(state, 1).empty());

  // The last one in sync stays it: nobody else may lead.
  carry_out(plan_fence(state, 3));
  CHECK(at("sms").leader == 0);
  CHECK(at("sms").in_sync == nodes{3});
  carry_out(plan_unfence(state, 1));
  CHECK(at("sms").leader == 0);
  carry_out(plan_unfence(state, 3));
  CHECK(at("sms").leader == 3);
  CHECK(at("sms").leader_epoch == 3);
}

TEST_CASE_METHOD(three_nodes, "a process that is started again hands over and "
                              "stays in sync") {
  create("sms", 1);
  // Nothing new: no command.
  CHECK(plan_registration(state, info(1)).empty());
  carry_out(plan_registration(state, info(1, 2)));
  CHECK(state.nodes().at(1).is_fenced);
  CHECK(at("sms").leader == 2);
  CHECK(at("sms").in_sync == nodes{1, 2, 3});
  // Not if it ends again before it is back.
  carry_out(plan_shrink(state, 2));
  CHECK(at("sms").in_sync == nodes{2, 3});
  CHECK(plan_fence(state, 1).empty());
  carry_out(plan_unfence(state, 1));
  carry_out(change("sms", {1, 2, 3}));
  carry_out(plan_return(state, {1}));
  CHECK(at("sms").leader == 2);
  carry_out(plan_return(state, {}));
  CHECK(at("sms").leader == 1);
  CHECK(at("sms").leader_epoch == 3);
}

TEST_CASE_METHOD(three_nodes, "whoever was in sync when nobody was left may "
                              "lead again") {
  create("sms", 1);
  carry_out(plan_fence(state, 1));
  carry_out(plan_shrink(state, 2));
  // Two are started again at once, and one of them has lost its disk.
  carry_out(plan_registration(state, info(2, 2)));
  carry_out(plan_registration(state, info(3, 2)));
  carry_out(plan_fence(state, 2));
  CHECK(at("sms").leader == 0);
  CHECK(at("sms").in_sync == nodes{2, 3});
  carry_out(plan_registration(state, info(3, 3, 2)));
  carry_out(plan_unfence(state, 3));
  CHECK(at("sms").leader == 0);
  carry_out(plan_unfence(state, 2));
  CHECK(at("sms").leader == 2);
}

TEST_CASE_METHOD(three_nodes, "who was believed to live when it had lost its "
                              "disk already is not the last that counts") {
  create("sms", 1);
  carry_out(plan_fence(state, 1));
  carry_out(plan_fence(state, 3));
  // It did not live to say that it leads.
  REQUIRE(at("sms").leader == 2);
  carry_out(plan_registration(state, info(2, 2, 2)));
  carry_out(plan_unfence(state, 2));
  CHECK(at("sms").leader == 0);
  CHECK(at("sms").in_sync == nodes{1, 3});
  carry_out(plan_unfence(state, 3));
  CHECK(at("sms").leader == 3);
}

TEST_CASE_METHOD(three_nodes, "an empty disk is in sync with nobody") {
  create("sms", 1);
  carry_out(change("sms", {1}));
  carry_out(plan_registration(state, info(1, 2, 2)));
  CHECK(at("sms").in_sync.empty());
  carry_out(plan_unfence(state, 1));
  CHECK(at("sms").leader == 0);

  // Only an explicit order makes another one lead.
  cluster_order order;
  order.what = cluster_order::kind::elect;
  order.partition = id_of("sms");
  order.node = 2;
  auto plan = plan_order(state, order);
  REQUIRE(plan);
  carry_out(*plan);
  CHECK(at("sms").leader == 2);
  CHECK(at("sms").in_sync == nodes{2});
}

TEST_CASE_METHOD(three_nodes, "a change of the in-sync set is for the leader "
                              "of now, and on what is now") {
  create("sms", 1);
  auto check = [&](partition_placement wanted, ec code) {
    auto plan = state.plan_change({id_of("sms"), wanted, {}});
    REQUIRE_FALSE(plan);
    CHECK(code_of(plan.error()) == code);
  };
  auto wanted = at("sms");
  wanted.in_sync = {1, 2};
  check(wanted, ec::stale_partition_epoch);
  ++wanted.epoch;
  CHECK(state.plan_change({id_of("sms"), wanted, {}}));
  auto other = wanted;
  other.leader = 2;
  check(other, ec::stale_partition_epoch);
  other = wanted;
  ++other.leader_epoch;
  check(other, ec::stale_partition_epoch);
  other = wanted;
  other.in_sync = {1, 4};
  check(other, ec::invalid_argument);
  other.in_sync = {2, 3};
  check(other, ec::invalid_argument);
  carry_out(plan_fence(state, 3));
  carry_out(plan_shrink(state, 1));
  other = at("sms");
  ++other.epoch;
  other.in_sync = {1, 2, 3};
  check(other, ec::invalid_argument);

  // What is known of node 3 is of the disk that it had.
  auto known = disks();
  carry_out(plan_registration(state, info(3, 2, 2)));
  carry_out(plan_unfence(state, 3));
  CHECK_FALSE(state.plan_change({id_of("sms"), other, known}));
  CHECK(state.plan_change({id_of("sms"), other, disks()}));
}

TEST_CASE_METHOD(three_nodes, "who resigns hands over to one that lives, or "
                              "leads on under another epoch") {
  create("sms", 1);
  auto resigned = [&](const nodes& living, nodes fenced = {}) {
    auto then = state;
    for (auto node : fenced)
      REQUIRE(then.apply(set_node_state{node, true, false}, 1));
    partition_change x{id_of("sms"), at("sms"), {}};
    x.wanted.leader = 0;
    auto plan = plan_resignation(then, x, [&](uint32_t node) {
      return std::count(living.begin(), living.end(), node) > 0;
    });
    REQUIRE(plan.size() == 1);
    auto result = std::get<set_partitions>(plan.front()).changes.at(0).wanted;
    CHECK(result.in_sync == nodes{1, 2, 3});
    CHECK(result.leader_epoch == (result.leader == 0 ? 1 : 2));
    return result.leader;
  };
  CHECK(resigned({1, 2, 3}) == 2);
  CHECK(resigned({1, 3}) == 3);
  // The others are dead, and not missed yet.
  CHECK(resigned({1}) == 1);
  CHECK(resigned({}) == 1);
  CHECK(resigned({1, 2, 3}, {2}) == 3);
  CHECK(resigned({1}, {1}) == 2);
  CHECK(resigned({1, 2, 3}, {1, 2, 3}) == 0);
  // Of an epoch that has passed: nothing.
  partition_change late{id_of("sms"), at("sms"), {}};
  --late.wanted.leader_epoch;
  CHECK(plan_resignation(state, late, [](uint32_t) { return true; }).empty());
}

TEST_CASE_METHOD(three_nodes, "a node that leaves hands over what others can "
                              "lead, and stays in sync") {
  create("all", 1);
  create("alone", 1);
  carry_out(plan_leave(state, 1));
  CHECK(at("all").leader != 1);
  CHECK(at("all").in_sync == nodes{1, 2, 3});
  // `alone` is led by another one, so only what it leads counts.
  CHECK(count_led(state, 1) == 0);
  carry_out(plan_fence(state, 2));
  carry_out(plan_fence(state, 3));
  CHECK(count_led(state, 1) == 2);
  CHECK(plan_leave(state, 1).empty());
}

TEST_CASE_METHOD(three_nodes, "nobody waits for who is about to stop") {
  create("a", 1);
  REQUIRE(at("a").leader == 1);
  CHECK(count_to_hand_over(state, 2, {1, 3}) == 1);
  carry_out(plan_shrink(state, 1, {2}));
  CHECK(at("a").in_sync == nodes{1, 3});
  CHECK(count_to_hand_over(state, 2, {1, 3}) == 0);
  // It has all still, and does not come in again.
  auto wanted = at("a");
  ++wanted.epoch;
  wanted.in_sync = {1, 2, 3};
  CHECK_FALSE(state.plan_change({id_of("a"), wanted, disks()}, {2}));
  CHECK(state.plan_change({id_of("a"), wanted, disks()}));
  // Who leads stays in sync, be it the last one.
  carry_out(plan_shrink(state, 1, {1, 2, 3}));
  CHECK(at("a").in_sync == nodes{1});
}

TEST_CASE_METHOD(three_nodes, "who is about to stop hands over to who stays") {
  create("a", 1);
  auto leader = at("a").leader;
  nodes others;
  for (uint32_t id : {1, 2, 3})
    if (id != leader)
      others.push_back(id);
  CHECK(count_to_hand_over(state, leader, {1, 2, 3}) == 1);
  CHECK(count_to_hand_over(state, leader, {leader}) == 0);
  CHECK(count_to_hand_over(state, others[0], {others[0]}) == 0);
  // Nobody stays: nobody waits.
  CHECK(plan_leave(state, leader, {1, 2, 3}).empty());
  carry_out(plan_leave(state, leader, {leader, others[0]}));
  CHECK(at("a").leader == others[1]);
}

TEST_CASE_METHOD(fixture, "topics of a single node get their replicas once "
                          "there are more nodes") {
  carry_out(state.plan_create({"sms", 2, {}}, false));
  CHECK(state.topics().at("sms").placement.empty());
  start(1);
  carry_out(plan_adoption(state, 1));
  CHECK(plan_adoption(state, 1).empty());
  CHECK(at("sms", 1).leader == 1);
  CHECK(plan_moves(state, 100).empty());
  start(2);
  start(3);
  carry_out(plan_moves(state, 100));
  CHECK(at("sms").moving_to.size() == 3);
  CHECK(at("sms").in_sync == nodes{1});
  CHECK(count_moving(state) == 2);
  CHECK(plan_moves(state, 100).empty());
  carry_out(change("sms", {1, 2, 3}));
  CHECK(at("sms").moving_to.empty());
  CHECK(at("sms").replicas.size() == 3);
}
