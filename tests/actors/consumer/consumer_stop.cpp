// A stop that is no crash loses no time for its group and repeats no record; it
// ends in any case.
#include "tests/actors/consumer/stage.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::stage;

TEST_CASE("a stop drains, commits, leaves, ends: in this order") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    theatre play{seed, 2};
    play.settings.commit = {commit_policy::kind::every, 100, 1s};
    play.team.first = {play.from(0, 0), play.from(1, 0)};
    play.hand.takes = 50ms;
    play.logs[0].append(100);
    play.logs[1].append(100);
    play.start_actor();
    play.sys.advance(220ms);
    auto handed = play.hand.got.size();
    auto stopped = play.sys.ask<caf::ok_atom>(play.member, stop_atom_v, false);
    REQUIRE(stopped);
    CHECK(play.hand.got.size() == handed);
    REQUIRE(play.team.leaves.size() == 1);
    CHECK_FALSE(play.team.leaves[0].keeps_partitions);
    CHECK(play.team.leaves[0].released.size() == 2);
    CHECK(play.team.heard.back() == "leave");
    CHECK(play.team.committed[part(0)] == 5);
    CHECK(play.team.committed[part(1)] == 5);
    // It is gone, its handler too.
    CHECK_FALSE(
      play.sys.ask_within<consumer_status>(1s, play.member, status_atom_v));
    CHECK_FALSE(play.sys.ask_within<caf::ok_atom>(1s, play.hand.actor,
                                                  handle_atom_v, delivery{}));
  }
}

TEST_CASE("a static member can leave for now") {
  theatre play;
  play.settings.instance_id = GENERATE(std::string{"sms-1"}, std::string{});
  play.start();
  CHECK(play.team.joins[0].instance_id == play.settings.instance_id);
  REQUIRE(play.sys.ask<caf::ok_atom>(play.member, stop_atom_v, true));
  // Only a static member can come back for what it kept.
  CHECK(play.team.leaves[0].keeps_partitions
        == !play.settings.instance_id.empty());
}

TEST_CASE("a stop ends without a coordinator, too") {
  theatre play;
  play.settings.drain_timeout = 4s;
  play.settings.handler_timeout = 4s;
  play.team.first = {play.from(0, 0)};
  play.logs[0].append(1);
  play.hand.holds = true;
  play.start_actor();
  play.kill_coordinator();
  auto begin = play.elapsed_ms();
  REQUIRE(play.sys.ask<caf::ok_atom>(play.member, stop_atom_v, false));
  CHECK(play.elapsed_ms() - begin <= 7'100);
}

TEST_CASE("a stop before the first answer leaves what may have been joined") {
  theatre play;
  play.team.ignores_joins = true;
  play.start();
  REQUIRE(play.sys.ask<caf::ok_atom>(play.member, stop_atom_v, false));
  REQUIRE(play.team.leaves.size() == 1);
  CHECK(play.team.leaves[0].member == play.team.joins[0].member);
}

TEST_CASE("a killed consumer says nothing, and its handler ends with it") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  play.logs[0].append(1);
  play.hand.holds = true;
  play.start_actor();
  play.kill_consumer();
  play.sys.run();
  CHECK(play.team.leaves.empty());
  CHECK_FALSE(play.sys.ask_within<caf::ok_atom>(1s, play.hand.actor,
                                                handle_atom_v, delivery{}));
}
