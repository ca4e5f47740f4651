// Members that live in the process of a node go with it, at once: nobody waits
// for sessions that cannot go on.
#include "tests/actors/coordinator/group_bench.hpp"

using namespace troupe;
using bench::group_bench;

namespace {

constexpr uuid first_life{9, 1};
constexpr uuid second_life{9, 2};

/// One member in a worker, one in the process of node 2.
struct two_members : group_bench {
  two_members() {
    set_node(2, first_life, false);
    add_topic("messages", 4);
    outside = join("sms-1");
    auto x = request("sms-2");
    x.host = first_life;
    inside = join(x);
    give_up(outside);
    REQUIRE(assigned(inside).size() == 2);
    pushes.clear();
  }

  uuid outside;
  uuid inside;
};

} // namespace

TEST_CASE("a member goes with the node whose process it lives in") {
  two_members b;
  SECTION("that is fenced") {
    b.set_node(2, first_life, true);
  }
  SECTION("that started again") {
    b.set_node(2, second_life, true);
  }
  SECTION("that was fenced while nobody coordinated the group") {
    b.nodes[2].is_fenced = true;
    b.reload();
  }
  CHECK_FALSE(b.core->table().member(b.inside));
  CHECK(b.assigned(b.outside).size() == 4);
  CHECK(b.pushed<fenced_notice>(b.inside).size() == 1);
  CHECK(b.causes().back() == "sms-2 was on a node that is down");
}

TEST_CASE("a member stays while its node does") {
  two_members b;
  SECTION("another one is fenced") {
    b.set_node(3, second_life, true);
  }
  SECTION("it is heard of again") {
    b.set_node(2, first_life, false);
  }
  SECTION("it came before this was told that its node is not fenced any more") {
    b.set_node(3, second_life, true);
    auto x = b.request("sms-3");
    x.host = second_life;
    auto third = b.join(x);
    b.set_node(4, {9, 4}, true);
    b.set_node(3, second_life, false);
    CHECK(b.core->table().member(third));
  }
  SECTION("the coordinator starts again") {
    b.reload();
  }
  CHECK(b.core->table().member(b.inside));
  CHECK(b.core->table().member(b.outside));
}

TEST_CASE("a static member's partitions wait for its node") {
  group_bench b;
  b.set_node(2, first_life, false);
  b.add_topic("messages", 2);
  auto x = b.request("sms-1");
  x.instance_id = "a";
  x.host = first_life;
  auto one = b.join(x);
  b.set_node(2, second_life, true);
  CHECK(b.core->table().member(one)->info.is_away);
  CHECK(b.assigned(one).size() == 2);
  CHECK(b.causes().back().find("wait for its return") != std::string::npos);
  // A second death of the node says nothing new of it.
  auto events = b.causes().size();
  b.set_node(2, first_life, true);
  CHECK(b.causes().size() == events);
}

TEST_CASE("a member that leaves a gateway alone has the others do the same") {
  group_bench b;
  b.add_topic("messages", 2);
  auto one = b.join("sms-1");
  auto two = b.join("sms-2");
  auto beat = [&](const uuid& who, caf::timespan pause) {
    heartbeat x{who, b.core->table().member(who)->current.epoch, {}, {}, pause};
    caf::timespan answer{-1};
    b.act([&](turn& t) { answer = b.core->beat(x, t)->gateway_pause; });
    return answer;
  };
  CHECK(beat(two, 0s) == 0s);
  CHECK(beat(one, 10s) == 10s);
  b.pass(1s);
  CHECK(beat(two, 0s) == 9s);
  CHECK(beat(two, 3s) == 9s);
  CHECK(beat(one, 24h * 365) == 24h);
}
