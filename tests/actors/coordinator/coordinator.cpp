// The coordinator among other actors: nothing may leave before it is durable,
// members must be told without waiting for a heartbeat, and whatever ends, the
// group must come to rest again. In virtual time, also over many seeds.
#include "actors/coordinator/coordinator.hpp"

#include "tests/actors/coordinator/stage.hpp"

using namespace troupe;
using stage::coordinator_stage;

namespace {

/// Each partition is held by one member, and they share evenly.
bool is_shared(const std::vector<std::shared_ptr<stage::member_data>>& members,
               size_t partitions) {
  std::set<topic_partition> held;
  size_t count = 0;
  for (const auto& x : members) {
    if (x->owned.size() < partitions / members.size() || !x->draining.empty())
      return false;
    count += x->owned.size();
    for (const auto& [p, y] : x->owned)
      held.insert(p);
  }
  return held.size() == partitions && count == partitions;
}

} // namespace

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

TEST_CASE("coordinator: killed and started again at any moment") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    coordinator_stage s{seed};
    s.add_topic("messages", 6);
    s.shard_side->delay = 3ms;
    std::vector<std::shared_ptr<stage::member_data>> members;
    for (auto name : {"sms-1", "sms-2", "sms-3"}) {
      members.push_back(s.add_member(name));
      members.back()->drain = 4ms;
      for (auto steps = s.sys.random()() % 60; steps > 0; --steps)
        s.sys.step();
      s.sys.advance(milliseconds{s.sys.random()() % 20});
      s.kill_coordinator();
    }
    CHECK(s.sys.run_until([&] { return is_shared(members, 6); }, 20s));
    CHECK(s.state() == "stable");
    // I7: what the shard has is what a coordinator that starts now knows.
    auto before = s.describe();
    s.kill_coordinator();
    auto after = s.describe();
    CHECK(after.epoch == before.epoch);
    CHECK(after.coordinator_epoch > before.coordinator_epoch);
    CHECK(after.members.size() == 3);
  }
}

TEST_CASE("coordinator: everything at once comes to rest") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    coordinator_stage s{seed};
    auto topic = s.add_topic("messages", 3);
    s.shard_side->delay = 2ms;
    std::map<std::string, std::shared_ptr<stage::member_data>> members;
    int32_t partitions = 3;
    for (int round = 0; round < 12; ++round) {
      auto name = "sms-" + std::to_string(s.sys.random()() % 4);
      switch (s.sys.random()() % 6) {
        case 0:
          s.kill_coordinator();
          break;
        case 1:
          if (members.erase(name) > 0)
            s.kill_member(name);
          break;
        case 2:
          if (partitions < 8)
            s.grow_topic(topic, ++partitions);
          break;
        case 3:
          if (members.count(name) > 0)
            members[name]->is_mute = s.sys.random()() % 2 == 0;
          break;
        default:
          if (members.count(name) == 0) {
            members[name] = s.add_member(name);
            members[name]->drain = 3ms;
          }
      }
      s.sys.advance(milliseconds{s.sys.random()() % 2000});
    }
    if (members.empty())
      members["sms-9"] = s.add_member("sms-9");
    std::vector<std::shared_ptr<stage::member_data>> all;
    for (auto& [name, x] : members) {
      x->is_mute = false;
      all.push_back(x);
    }
    CHECK(s.sys.run_until(
      [&] { return is_shared(all, static_cast<size_t>(partitions)); }, 90s));
  }
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
  s.sys.run();
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

TEST_CASE("coordinator: a partition that hangs holds a start up for a while") {
  coordinator_stage s;
  auto topic = s.add_topic("messages", 2);
  s.node_side->hanging.insert({topic, 1});
  auto one = s.add_member("sms-1");
  s.sys.advance(900ms);
  CHECK_FALSE(one->is_member);
  s.sys.advance(200ms);
  CHECK(one->owned.size() == 1);
}

TEST_CASE("coordinator: commits, description with bounds, pause, reset") {
  coordinator_stage s;
  auto topic = s.add_topic("messages", 2);
  topic_partition zero{topic, 0}, first{topic, 1};
  auto one = s.add_member("sms-1");
  s.sys.run();
  s.node_side->logs[zero].end = 9;
  s.node_side->logs[first].is_online = false;
  commit_request x{
    one->id,
    {{zero, 5, 1, one->epoch, "note"}, {first, 2, 1, one->epoch + 1, ""}}};
  auto committed =
    s.sys.ask<commit_result>(*s.coordinator_now, commit_atom_v, x);
  REQUIRE(committed);
  CHECK(committed->outcomes == std::vector{ec::none, ec::stale_epoch});

  auto told = s.describe();
  CHECK(told.group == "sms");
  CHECK(told.is_started);
  REQUIRE(told.positions.size() == 2);
  CHECK(told.positions[0].topic == "messages");
  CHECK(told.positions[0].next == 5);
  CHECK(told.positions[0].owner == "sms-1");
  CHECK(told.positions[0].metadata == "note");
  CHECK(told.positions[0].high_watermark == 9);
  CHECK(told.positions[0].lag() == 4);
  CHECK(told.positions[1].high_watermark == -1);
  CHECK(told.positions[1].lag() == -1);
  s.node_side->logs[first].is_online = true;

  auto paused =
    s.sys.ask<uint32_t>(*s.coordinator_now, pause_atom_v,
                        std::vector<partition_choice>{{"messages", 0}}, true);
  CHECK(*paused == 1);
  s.sys.run();
  CHECK(one->pauses.at(0).partitions == std::vector{zero});

  reset_request r{{{"messages", 0}}, {start_rule::kind::offset, 2}, true};
  auto plan = s.sys.ask<reset_plan>(*s.coordinator_now, reset_atom_v, r);
  REQUIRE(plan);
  CHECK(plan->entries.at(0).from == 5);
  CHECK(plan->entries.at(0).to == 2);
  r.is_preview = false;
  CHECK(
    code_of(s.sys.ask<reset_plan>(*s.coordinator_now, reset_atom_v, r).error())
    == ec::group_not_empty);
  CHECK(
    code_of(s.sys.ask<caf::ok_atom>(*s.coordinator_now, delete_atom_v).error())
    == ec::group_not_empty);
  REQUIRE(s.sys.ask<caf::ok_atom>(s.members.at("sms-1"), stop_atom_v, false));
  CHECK(s.sys.ask<reset_plan>(*s.coordinator_now, reset_atom_v, r));
  auto two = s.add_member("sms-2");
  s.sys.run();
  CHECK(two->owned.at(zero).offset == 2);
  CHECK(two->owned.at(zero).reason == start_reason::reset);
  CHECK(two->owned.at(zero).is_paused);

  CHECK(s.causes()
        == std::vector<std::string>{"sms-1 joined, the group starts",
                                    "paused messages-0", "sms-1 left",
                                    "reset messages-0", "sms-2 joined"});
  REQUIRE(s.sys.ask<caf::ok_atom>(s.members.at("sms-2"), stop_atom_v, false));
  REQUIRE(s.sys.ask<caf::ok_atom>(*s.coordinator_now, delete_atom_v));
  CHECK(s.shard_side->table.empty());
}

TEST_CASE("coordinator: the pace is shared and survives a rebalance") {
  coordinator_stage s;
  s.add_topic("messages", 2);
  auto one = s.add_member("sms-1");
  s.sys.run();
  auto wait = s.sys.ask<caf::timespan>(*s.coordinator_now, pace_atom_v, one->id,
                                       uint32_t{1});
  CHECK(*wait == 0s);
  auto strange = s.sys.ask<caf::timespan>(*s.coordinator_now, pace_atom_v,
                                          uuid{8, 8}, uint32_t{1});
  CHECK(code_of(strange.error()) == ec::unknown_member);
}

TEST_CASE("coordinator: commits are gathered while the disk is busy") {
  coordinator_stage s;
  auto topic = s.add_topic("messages", 1);
  auto one = s.add_member("sms-1");
  s.sys.run();
  s.shard_side->delay = 10ms;
  auto before = s.shard_side->writes;
  size_t answered = 0;
  s.sys.spawn([&](caf::event_based_actor* self) {
    for (int64_t i = 1; i <= 500; ++i)
      self
        ->request(*s.coordinator_now, caf::infinite, commit_atom_v,
                  commit_request{one->id, {{{topic, 0}, i, 1, one->epoch, ""}}})
        .then([&](const commit_result& x) {
          answered += x.outcomes.at(0) == ec::none;
        });
  });
  s.sys.advance(100ms);
  CHECK(answered == 500);
  CHECK(s.shard_side->writes - before < 30);
}

TEST_CASE("coordinator: an empty group costs no timer") {
  coordinator_stage s;
  s.add_topic("messages", 1);
  auto one = s.add_member("sms-1");
  s.sys.advance(10s);
  REQUIRE(s.sys.ask<caf::ok_atom>(s.members.at("sms-1"), stop_atom_v, false));
  s.sys.advance(60s);
  // Nothing is left that could happen.
  auto steps = 0;
  s.sys.run_until(
    [&] {
      ++steps;
      return false;
    },
    std::chrono::hours{24});
  CHECK(steps < 5);
}
