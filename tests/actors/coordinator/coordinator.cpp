// The coordinator among other actors: nothing may leave before it is durable,
// members must be told without waiting for a heartbeat, and whatever ends, the
// group must come to rest again. In virtual time, also over many seeds.
#include "tests/actors/coordinator/stage.hpp"

using namespace troupe;
using stage::coordinator_stage;
using stage::is_shared;

TEST_CASE("coordinator: joins, and shares in no time at all") {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    INFO("seed " << seed);
    coordinator_stage s{seed};
    s.add_topic("messages", 6);
    auto one = s.add_member("sms-1");
    s.sys.run();
    CHECK(one->owned.size() == 6);
    auto two = s.add_member("sms-2");
    s.sys.run();
    CHECK(is_shared({one, two}, 6));
    // Only what moved was stopped, and nobody waited for a heartbeat.
    CHECK(one->revoked.size() == 3);
    CHECK(two->revoked.empty());
    CHECK(s.sys.now_ms() == bench::group_bench::begin_ms);
    CHECK(s.state() == "stable");
  }
}

TEST_CASE("coordinator: a rebalance takes as long as its writes and drains") {
  coordinator_stage s;
  s.add_topic("messages", 4);
  s.shard_side->delay = 2ms;
  auto one = s.add_member("sms-1");
  CHECK(s.sys.run_until([&] { return one->owned.size() == 4; }, 10ms));
  one->drain = 5ms;
  auto two = s.add_member("sms-2");
  CHECK(s.sys.run_until([&] { return is_shared({one, two}, 4); }, 20ms));
}

TEST_CASE("coordinator: nothing leaves before it is durable") {
  coordinator_stage s;
  s.add_topic("messages", 2);
  s.sys.run();
  s.shard_side->delay = 100ms;
  auto one = s.add_member("sms-1");
  s.sys.advance(99ms);
  CHECK_FALSE(one->is_member);
  CHECK(one->owned.empty());
  CHECK(s.shard_side->table.empty());
  s.sys.advance(2ms);
  CHECK(one->is_member);
  CHECK(one->owned.size() == 2);
  CHECK(s.shard_side->table.count("group") == 1);
}

TEST_CASE("coordinator: when a write fails it ends, and nobody was told") {
  coordinator_stage s;
  s.add_topic("messages", 2);
  auto one = s.add_member("sms-1");
  s.sys.run();
  auto watched = *s.coordinator_now;
  s.shard_side->fails = 1;
  auto two = s.add_member("sms-2");
  s.sys.run();
  CHECK(code_of(two->refusal.value()) == ec::not_available);
  CHECK(one->revoked.empty());
  CHECK_FALSE(s.sys.ask<group_description>(watched, describe_atom_v));
  // The next one knows what was durable; who was refused asks again.
  s.start_coordinator();
  s.sys.advance(2s);
  CHECK(is_shared({one, two}, 2));
}

TEST_CASE("coordinator: an outcome that stays unknown is a failure") {
  coordinator_stage s;
  s.add_topic("messages", 1);
  auto one = s.add_member("sms-1");
  s.sys.run();
  s.shard_side->hangs = true;
  commit_request x{one->id,
                   {{one->owned.begin()->first, 1, 1, one->epoch, ""}}};
  auto answer = s.sys.ask<commit_result>(*s.coordinator_now, commit_atom_v, x);
  REQUIRE_FALSE(answer);
  CHECK(code_of(answer.error()) == ec::not_available);
}

TEST_CASE("coordinator: it ends with its shard") {
  coordinator_stage s;
  s.add_topic("messages", 1);
  s.add_member("sms-1");
  s.sys.run();
  caf::anon_send_exit(s.shard_handle, caf::exit_reason::kill);
  s.sys.run();
  CHECK_FALSE(
    s.sys.ask<group_description>(*s.coordinator_now, describe_atom_v));
}

TEST_CASE(
  "coordinator: requests wait for it to load, and learn that it cannot") {
  coordinator_stage s;
  s.add_topic("messages", 1);
  s.sys.run();
  s.shard_side->loads_fail = 1;
  s.kill_coordinator();
  auto answer =
    s.sys.ask<group_description>(*s.coordinator_now, describe_atom_v);
  REQUIRE_FALSE(answer);
  CHECK(code_of(answer.error()) == ec::not_available);
  s.start_coordinator();
  auto one = s.add_member("sms-1");
  s.sys.run();
  CHECK(one->owned.size() == 1);
}

TEST_CASE("coordinator: a crash of a member is known at once") {
  coordinator_stage s;
  s.add_topic("messages", 4);
  auto one = s.add_member("sms-1");
  auto two = s.add_member("sms-2");
  s.sys.run();
  s.kill_member("sms-1");
  s.sys.run();
  CHECK(is_shared({two}, 4));
  CHECK(s.causes().back().find("sms-1 crashed") == 0);
}

TEST_CASE("coordinator: a lost connection is no crash, the session decides") {
  coordinator_stage s;
  s.add_topic("messages", 4);
  auto one = s.add_member("sms-1");
  auto two = s.add_member("sms-2");
  s.sys.run();
  caf::anon_send(caf::actor_cast<caf::actor>(*s.coordinator_now),
                 caf::down_msg{s.members.at("sms-1").address(),
                               caf::exit_reason::remote_link_unreachable});
  s.sys.run();
  CHECK(two->owned.size() == 2);
  // It is back: with its heartbeat it is told what it may have missed.
  s.sys.advance(1s);
  CHECK(one->states.size() == 1);
  one->is_mute = true;
  s.sys.advance(4s);
  CHECK(is_shared({two}, 4));
  CHECK(s.causes().back()
        == "sms-1 sent no heartbeat within its session timeout");
}

TEST_CASE("coordinator: a fenced member joins again") {
  coordinator_stage s;
  s.add_topic("messages", 4);
  auto one = s.add_member("sms-1");
  auto two = s.add_member("sms-2");
  s.sys.run();
  one->is_mute = true;
  s.sys.advance(5s);
  CHECK(one->fenced.size() == 1);
  one->is_mute = false;
  s.sys.advance(3s);
  CHECK(is_shared({one, two}, 4));
  CHECK(one->joins == 2);
}

TEST_CASE("coordinator: a static member is back before its session ends") {
  coordinator_stage s;
  s.add_topic("messages", 4);
  auto one = s.add_member("sms-1", "a");
  auto two = s.add_member("sms-2", "b");
  s.sys.run();
  auto epoch = s.describe().epoch;
  REQUIRE(s.sys.ask<caf::ok_atom>(s.members.at("sms-1"), stop_atom_v, true));
  s.sys.advance(1s);
  auto again = s.add_member("sms-1", "a");
  s.sys.run();
  CHECK(is_shared({again, two}, 4));
  CHECK(two->revoked.size() == 0);
  CHECK(s.describe().epoch == epoch);
  // A crash counts the same.
  s.kill_member("sms-2");
  s.sys.advance(1s);
  auto back = s.add_member("sms-2", "b");
  s.sys.run();
  CHECK(is_shared({again, back}, 4));
  CHECK(s.describe().epoch == epoch);
}

TEST_CASE("coordinator: growth is shared at once") {
  coordinator_stage s;
  auto topic = s.add_topic("messages", 2);
  auto one = s.add_member("sms-1");
  auto two = s.add_member("sms-2");
  s.sys.run();
  s.grow_topic(topic, 6);
  s.sys.run();
  CHECK(is_shared({one, two}, 6));
  CHECK(s.causes().back() == "messages grew from 2 to 6 partitions");
}

TEST_CASE("coordinator: where a group starts, asked of the partitions") {
  coordinator_stage s;
  auto topic = s.add_topic("messages", 3);
  s.node_side->logs[{topic, 0}].end = 7;
  s.node_side->logs[{topic, 1}].end = 3;
  s.node_side->logs[{topic, 2}].is_online = false;
  auto one = s.add_member("sms-1");
  s.sys.advance(4s);
  CHECK(one->owned.at({topic, 0}).offset == 7);
  CHECK(one->owned.at({topic, 1}).offset == 3);
  CHECK(one->owned.count({topic, 2}) == 0);
  s.node_side->logs[{topic, 2}].is_online = true;
  s.sys.advance(1s);
  CHECK(one->owned.count({topic, 2}) == 1);
  auto other = s.add_member("sms-2", "", {start_rule::kind::earliest, 0});
  s.sys.run();
  CHECK(code_of(other->refusal.value()) == ec::start_conflict);
}

TEST_CASE("coordinator: a position of no known leader epoch stands") {
  coordinator_stage s;
  auto topic = s.add_topic("messages", 1);
  topic_partition zero{topic, 0};
  auto& log = s.node_side->logs[zero];
  log.end = 9;
  log.epochs = {{1, 0}, {2, 3}};
  auto one = s.add_member("sms-1");
  s.sys.run();
  commit_request x{one->id, {{zero, 5, -1, one->epoch, ""}}};
  auto committed =
    s.sys.ask<commit_result>(*s.coordinator_now, commit_atom_v, x);
  REQUIRE(committed);
  CHECK(committed->outcomes == std::vector{ec::none});
  REQUIRE(s.sys.ask<caf::ok_atom>(s.members.at("sms-1"), stop_atom_v, false));
  auto other = s.add_member("sms-2");
  s.sys.run();
  CHECK(other->owned.at(zero).offset == 5);
}

TEST_CASE("coordinator: a partition that hangs holds a start up for a while") {
  coordinator_stage s;
  auto topic = s.add_topic("messages", 2);
  s.node_side->hanging.insert({topic, 1});
  auto one = s.add_member("sms-1");
  s.sys.advance(3s);
  CHECK_FALSE(one->is_member);
  s.sys.advance(2s);
  CHECK(one->owned.size() == 1);
}

TEST_CASE("coordinator: 'now' is as its new leader says, once there is one") {
  for (auto why : {ec::not_leader, ec::not_available}) {
    coordinator_stage s;
    topic_partition zero{s.add_topic("messages", 1), 0};
    auto& log = s.node_side->logs[zero];
    log.end = 7;
    s.node_side->refusing[zero] = make_error(why, "elected just now");
    auto one = s.add_member("sms-1");
    s.sys.advance(2s);
    // What is posted once it is told that it is one is for it, by whatever
    // clock.
    CHECK_FALSE(one->is_member);
    s.node_side->refusing.clear();
    s.sys.advance(200ms);
    CHECK(one->owned.at(zero).offset == 7);
  }
}
