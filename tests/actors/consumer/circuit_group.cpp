// A gateway that failed for one consumer of a group is left alone by all.
#include "tests/actors/consumer/stage.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::stage;

TEST_CASE("who finds the gateway down says so at once") {
  theatre play{0, 1};
  play.team.first = {play.from(0, 0)};
  play.settings.failures.circuit_failures = 1;
  play.settings.failures.circuit_pause = 60s;
  play.settings.heartbeat_interval = 10s;
  play.settings.session_timeout = 40s;
  play.hand.decide = [](const delivery&) {
    return make_error(ec::gateway_unavailable, "down");
  };
  play.start();
  play.sys.advance(1s);
  auto before = play.team.beats.size();
  play.logs[0].append(1);
  play.sys.advance(1s);
  REQUIRE(play.team.beats.size() == before + 1);
  CHECK(play.team.beats.back().gateway_pause > 59s);
  play.sys.advance(20s);
  CHECK(play.team.beats.back().gateway_pause < 50s);
}

TEST_CASE("who is told of it waits as long, and for what comes of the first "
          "trial") {
  theatre play{0, 1};
  play.team.first = {play.from(0, 0)};
  play.settings.failures.circuit_failures = 3;
  play.team.gateway_pause = 5s;
  play.start();
  play.sys.advance(1500ms);
  play.team.gateway_pause = 0s;
  play.logs[0].append(2);
  play.sys.advance(4s);
  CHECK(play.hand.got.empty());
  CHECK(play.status().activity == "circuit open");
  // It is not this one's to tell.
  CHECK(play.team.beats.back().gateway_pause == 0s);
  play.sys.advance(3s);
  CHECK(play.hand.got.size() == 2);
}
