// A static member keeps its partitions through a restart of its process; what
// it gains in quiet must not cost a partition that nobody reads.
#include "tests/actors/coordinator/group_bench.hpp"

using namespace troupe;
using bench::group_bench;

TEST_CASE("a static member returns to its partitions without a rebalance") {
  group_bench b;
  b.add_topic("messages", 4);
  auto one = b.join_static("sms-1", "a");
  auto two = b.join_static("sms-2", "b");
  b.give_up(one);
  auto epoch = b.core->table().header()->epoch;
  auto before = b.assigned(one);
  b.leave(one, true);
  CHECK(b.core->table().header()->epoch == epoch);
  CHECK(b.assigned(two).size() == 2);
  // Away is away: its id is no longer that of a member at work.
  CHECK(code_of(b.beat(one)) == ec::unknown_member);
  b.pass(1s);
  b.pushes.clear();
  auto again = b.join_static("sms-1", "a");
  CHECK(b.assigned(again) == before);
  CHECK(b.core->table().header()->epoch == epoch);
  CHECK(b.pushed<member_state>(again).at(0).assigned.size() == 2);
  CHECK(b.pushed<revocation>(two).empty());
  CHECK_FALSE(b.core->table().member(one));
  CHECK(b.causes().back() == "sms-1 returned");
  b.pass(2500ms);
  CHECK(b.core->table().member(again));
}

TEST_CASE("a static member that does not return in time loses its partitions") {
  group_bench b;
  b.add_topic("messages", 2);
  auto one = b.join_static("sms-1", "a");
  auto two = b.join_static("sms-2", "b");
  b.give_up(one);
  b.leave(one, true);
  b.pass(1s);
  b.beat(two);
  b.pass(2s);
  CHECK(b.assigned(two).size() == 2);
  CHECK(b.causes().back() == "sms-1 did not return within its session timeout");
}

TEST_CASE("the crash of a static member waits for its return") {
  group_bench b;
  b.add_topic("messages", 2);
  auto one = b.join_static("sms-1", "a");
  auto epoch = b.core->table().header()->epoch;
  b.crash(one);
  CHECK(b.core->table().header()->epoch == epoch);
  auto again = b.join_static("sms-1", "a");
  CHECK(b.assigned(again).size() == 2);
}

TEST_CASE("an instance id in use is refused, a freed one is taken over") {
  group_bench b;
  b.add_topic("messages", 2);
  auto one = b.join_static("sms-1", "a");
  auto other = b.join_static("sms-2", "a");
  CHECK(code_of(b.refusal(other)) == ec::unreleased_instance_id);
  CHECK(b.assigned(one).size() == 2);
  // The same actor begins anew: the old one is no more.
  auto x = b.request("sms-1");
  x.instance_id = "a";
  b.join(x, one);
  CHECK_FALSE(b.refusal(x.member));
  CHECK(b.assigned(x.member).size() == 2);
}

TEST_CASE("what a leaving static member had to give up is given up") {
  group_bench b;
  b.add_topic("messages", 2);
  auto one = b.join_static("sms-1", "a");
  auto two = b.join("sms-2");
  CHECK(b.revoking(one).size() == 1);
  b.leave(one, true);
  CHECK(b.assigned(two).size() == 1);
  // While it is away nobody waits for its answer.
  b.beat(two);
  auto three = b.join("sms-3");
  CHECK(b.assigned(one).size() + b.assigned(two).size()
          + b.assigned(three).size() + b.revoking(two).size()
        == 2);
  CHECK(b.revoking(one).empty());
}

TEST_CASE("a static member that returns with other topics is a change") {
  group_bench b;
  b.add_topic("messages", 2);
  b.add_topic("mails", 1);
  auto one = b.join_static("sms-1", "a");
  b.leave(one, true);
  auto x = b.request("sms-1", {"messages", "mails"});
  x.instance_id = "a";
  b.join(x);
  CHECK(b.assigned(x.member).size() == 3);
  CHECK(b.causes().back() == "sms-1 returned and subscribed anew");
}
