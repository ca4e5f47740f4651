// What people and members ask a coordinator for, from the message to the
// answer.
#include "tests/actors/coordinator/stage.hpp"

using namespace troupe;
using stage::coordinator_stage;
using namespace std::chrono_literals;

TEST_CASE("coordinator: members that another one may count as dead by now get "
          "no word that they live") {
  coordinator_stage s;
  s.lease = std::make_shared<serving_lease>();
  s.kill_coordinator();
  auto renew = [&s] {
    auto now = s.sys.now().time_since_epoch();
    s.lease->extend(now + 20s, now + 10s);
  };
  renew();
  s.add_topic("messages", 1);
  auto one = s.add_member("sms-1");
  s.sys.run();
  auto beat = [&] {
    return s.sys.ask<heartbeat_result>(*s.coordinator_now, beat_atom_v,
                                       heartbeat{one->id, one->epoch, {}, {}});
  };
  REQUIRE(one->epoch > 0);
  CHECK(beat());
  s.sys.advance(11s);
  CHECK(code_of(beat().error()) == ec::not_leader);
  renew();
  CHECK(beat());
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
