// Two consumers at work on one partition is the fault that a group exists to
// prevent. These tests hold the member's half of the protocol: what it gives up
// when, what it believes, and when it stops by itself.
#include <algorithm>
#include <limits>

#include "tests/actors/consumer/stage.hpp"
#include "tests/catch.hpp"
#include "tests/later.hpp"

using namespace troupe;
using namespace troupe::stage;

namespace {

using words = std::vector<std::string>;

/// What was heard from the `n`th word on.
words since(const theatre& play, size_t n) {
  return {play.team.heard.begin() + static_cast<ptrdiff_t>(n),
          play.team.heard.end()};
}

} // namespace

TEST_CASE("a consumer joins with its subscription and proves its life") {
  theatre play;
  play.start();
  REQUIRE(play.team.joins.size() == 1);
  auto& join = play.team.joins[0];
  CHECK(join.group == "SMSGroup");
  CHECK(join.name == "SMSGroup-1");
  CHECK(join.topics == words{"messages"});
  CHECK(join.member == derive_uuid(uuid{3, 4}, 1));
  CHECK(join.session_timeout == 3s);
  CHECK(join.rebalance_timeout == 60s);
  play.assign({play.from(0, 4)});
  play.sys.advance(3'500ms);
  REQUIRE(play.team.beats.size() == 3);
  auto& beat = play.team.beats.back();
  CHECK(beat.member == join.member);
  CHECK(beat.member_epoch == 1);
  REQUIRE(beat.owned.size() == 1);
  CHECK(beat.owned[0].id == part(0));
  CHECK(beat.owned[0].handed_next == -1);
  CHECK(beat.draining.empty());
}

TEST_CASE("a rate that is no number is not even asked for") {
  theatre play;
  play.settings.group_rules.records_per_second =
    std::numeric_limits<double>::infinity();
  play.start();
  CHECK(play.team.joins.empty());
  auto end = tests::watch_end(play.sys, play.member);
  REQUIRE(*end);
  CHECK(code_of(**end) == ec::invalid_argument);
  CHECK_THAT(what(**end), Catch::Matchers::Contains("records_per_second"));
}

TEST_CASE("a join without an answer is repeated under the same id") {
  theatre play;
  play.team.ignores_joins = true;
  play.start();
  play.sys.advance(11s);
  REQUIRE(play.team.joins.size() == 2);
  CHECK(play.team.joins[0].member == play.team.joins[1].member);
  play.team.ignores_joins = false;
  play.sys.advance(15s);
  CHECK(play.team.joins.back().member == play.team.joins[0].member);
  CHECK(play.status().state == "active");
}

// Found by exploring all states of the group: admitted and fenced by a first
// coordinator, then admitted again by a second one under the same id, a member
// believes what the first one had assigned to it.
TEST_CASE("a join to another coordinator has another id") {
  theatre play;
  play.team.ignores_joins = true;
  play.start();
  play.sys.advance(1s);
  REQUIRE(play.team.joins.size() == 1);
  play.kill_coordinator();
  play.sys.advance(1s);
  play.team.ignores_joins = false;
  play.restart_coordinator();
  play.sys.advance(5s);
  REQUIRE(play.team.joins.size() == 2);
  CHECK(play.team.joins[0].member != play.team.joins[1].member);
  CHECK(play.status().state == "active");
}

TEST_CASE("an assignment tells a member that it is one, answer or not") {
  theatre play;
  play.team.ignores_joins = true;
  play.logs[0].append(2);
  play.start();
  play.assign({play.from(0, 0)});
  CHECK(play.hand.got.size() == 2);
  CHECK(play.status().state == "active");
}

TEST_CASE("a refused join is tried again, slowly, and the reason is shown") {
  theatre play;
  play.team.join_error =
    make_error(ec::start_conflict, "the group starts at 'latest'");
  play.start();
  play.sys.advance(60s);
  // 0, .1, .3, .7, 1.5, 3.1, 6.3, 12.7, 25.5, 51.1
  CHECK(play.team.joins.size() == 10);
  auto status = play.status();
  CHECK(status.state == "joining");
  CHECK(status.last_problem
        == "joining SMSGroup: start_conflict: the group starts at 'latest'");
  CHECK(status.last_problem_ms == play.begin_ms + 51'100);
  CHECK(play.team.joins[0].member != play.team.joins[1].member);
  play.team.join_error = caf::none;
  play.sys.advance(40s);
  CHECK(play.status().state == "active");
}

TEST_CASE("pushes to another member, or of an older life, are not believed") {
  struct row {
    const char* what;
    bool is_other_member;
    int32_t coordinator_epoch;
    int64_t member_epoch;
    bool is_believed;
  };
  auto r = GENERATE(row{"as told", false, 2, 5, true},
                    row{"a newer coordinator", false, 3, 5, true},
                    row{"a newer epoch", false, 2, 6, true},
                    row{"another member", true, 2, 5, false},
                    row{"an older coordinator", false, 1, 5, false},
                    row{"an older epoch", false, 2, 4, false});
  INFO(r.what);
  theatre play{0, 2};
  play.team.coordinator_epoch = 2;
  play.team.member_epoch = 5;
  play.team.first = {play.from(0, 0)};
  play.start();
  auto to = r.is_other_member ? uuid{9, 9} : play.team.id();
  caf::anon_send(
    play.member, assign_atom_v,
    assignment{r.coordinator_epoch, to, r.member_epoch, {play.from(1, 0)}});
  play.sys.run();
  CHECK(play.status().partitions.size() == (r.is_believed ? 2 : 1));
}

TEST_CASE(
  "a revoked partition is drained, committed, answered: in this order") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    theatre play{seed, 2};
    play.team.first = {play.from(0, 0), play.from(1, 0)};
    play.hand.holds = true;
    play.logs[0].append(5);
    play.logs[1].append(5);
    play.start_actor();
    play.team.holds_commits = true;
    play.revoke({0}, 7);
    CHECK(play.team.revoked.empty());
    play.sys.advance(1'500ms);
    REQUIRE(play.team.beats.back().draining.size() == 1);
    CHECK(play.team.beats.back().draining[0].id == part(0));
    CHECK(play.team.beats.back().draining[0].handed_next == 1);
    auto words_before = play.team.heard.size();
    play.finish();
    play.finish();
    // Both are done, the commit is not answered: nothing is given up.
    CHECK(play.team.revoked.empty());
    play.answer_commits();
    play.answer_commits();
    play.team.holds_commits = false;
    REQUIRE(play.team.revoked.size() == 1);
    auto& notice = play.team.revoked[0];
    CHECK(notice.revocation_id == 7);
    CHECK(notice.member == play.team.id());
    REQUIRE(notice.released.size() == 1);
    CHECK(notice.released[0].id == part(0));
    CHECK(notice.released[0].handed_next == 1);
    auto heard = since(play, words_before);
    CHECK(std::find(heard.begin(), heard.end(), "commit 0:1")
          < std::find(heard.begin(), heard.end(), "revoked 0"));
    CHECK(play.team.committed[part(0)] == 1);
    // The other one goes on.
    CHECK(play.hand.offsets(0).size() == 1);
    CHECK(play.hand.offsets(1).size() == 2);
  }
}

TEST_CASE("what is revoked and idle is given up at once") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  play.logs[0].append(2);
  play.start();
  play.revoke({0}, 3);
  REQUIRE(play.team.revoked.size() == 1);
  CHECK(play.team.revoked[0].released[0].handed_next == 2);
  CHECK(play.status().partitions.empty());
  play.post(0, 2);
  CHECK(play.hand.got.size() == 2);
  SECTION("a repeated revoke is answered again") {
    play.revoke({0}, 4);
    REQUIRE(play.team.revoked.size() == 2);
    CHECK(play.team.revoked[1].revocation_id == 4);
  }
  SECTION("it can come back, where the coordinator says") {
    play.assign({play.from(0, 2)});
    CHECK(play.hand.offsets(0) == std::vector<int64_t>{0, 1, 2, 3});
  }
}

TEST_CASE("a drain ends after drain_timeout, the record uncommitted") {
  theatre play;
  play.settings.drain_timeout = 5s;
  play.settings.handler_timeout = 5s;
  play.team.first = {play.from(0, 0)};
  play.hand.holds = true;
  play.logs[0].append(3);
  play.start_actor();
  play.sys.advance(1s);
  play.settings.handler_timeout = 5s;
  play.revoke({0}, 1);
  play.sys.advance(3'900ms);
  CHECK(play.team.revoked.empty());
  play.sys.advance(1'200ms);
  CHECK(play.team.revoked.size() == 1);
  CHECK(play.team.commits.empty());
}

TEST_CASE("a result that comes after the partition was lost is dropped") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  play.hand.holds = true;
  play.logs[0].append(3);
  play.start_actor();
  play.fence();
  CHECK(play.status().partitions.empty());
  // The next membership begins with the same partition.
  play.sys.advance(200ms);
  CHECK(play.team.joins.size() == 2);
  REQUIRE(play.status().partitions.size() == 1);
  // One record at a time, across memberships.
  CHECK(play.hand.got.size() == 1);
  play.finish();
  CHECK(play.status().dropped_results == 1);
  CHECK(play.status().handled == 0);
  CHECK(play.team.commits.empty());
  CHECK(play.hand.offsets(0) == std::vector<int64_t>{0, 0});
  play.finish();
  CHECK(play.team.committed[part(0)] == 1);
}

TEST_CASE("a fenced member drops all and joins again under a new id") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  play.start();
  auto first = play.team.id();
  SECTION("by a push") {
    play.fence();
    CHECK(play.status().last_problem == "fenced: session expired");
  }
  SECTION("by a heartbeat's answer") {
    play.team.beat_error = make_error(ec::unknown_member, "who?");
    play.sys.advance(1s);
    play.team.beat_error = caf::none;
  }
  SECTION("by a commit's answer") {
    play.team.outcome = [](const auto&) { return ec::unknown_member; };
    play.post(0, 1);
    play.team.outcome = nullptr;
  }
  CHECK(play.status().state == "joining");
  CHECK(play.status().partitions.empty());
  play.team.first.clear();
  play.sys.advance(500ms);
  REQUIRE(play.team.joins.size() == 2);
  CHECK(play.team.id() != first);
  CHECK(play.status().state == "active");
}

TEST_CASE("being fenced again and again is answered ever more slowly") {
  theatre play;
  play.team.beat_error = make_error(ec::unknown_member, "who?");
  play.start();
  play.sys.advance(60s);
  CHECK(play.team.joins.size() < 12);
  CHECK(play.team.joins.size() > 4);
}

TEST_CASE("a consumer that is not heard hands nothing further out") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  play.hand.takes = 100ms;
  play.logs[0].append(200);
  play.start_actor();
  play.sys.advance(1'050ms);
  play.team.ignores_beats = true;
  play.sys.advance(20s);
  // The last heartbeat answered left at 1 s, the session has 3 s.
  CHECK(play.hand.at_ms.back() < 4'000);
  CHECK(play.hand.at_ms.back() > 3'000);
  play.team.ignores_beats = false;
  play.sys.advance(5s);
  CHECK(play.hand.at_ms.back() > 21'000);
}

TEST_CASE("a consumer whose commits are not answered hands nothing further") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  play.hand.takes = 100ms;
  play.logs[0].append(200);
  play.start_actor();
  play.sys.advance(1s);
  play.team.ignores_commits = true;
  play.sys.advance(8s);
  CHECK(play.hand.at_ms.back() < 4'000);
  play.team.ignores_commits = false;
  play.sys.advance(10s);
  CHECK(play.hand.at_ms.back() > 10'000);
  CHECK_FALSE(play.team.went_back);
}

TEST_CASE("a coordinator that restarts finds its members at their work") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    theatre play{seed, 2};
    play.team.first = {play.from(0, 0), play.from(1, 0)};
    play.hand.takes = 20ms;
    play.logs[0].append(100);
    play.logs[1].append(100);
    play.start_actor();
    play.sys.advance(std::chrono::milliseconds{500 + seed * 13});
    play.kill_coordinator();
    play.sys.advance(100ms);
    auto handled = play.hand.got.size();
    auto beats = play.team.beats.size();
    play.sys.advance(200ms);
    // It keeps its partitions and its work for a session.
    CHECK(play.hand.got.size() > handled);
    play.restart_coordinator();
    play.sys.advance(1s);
    REQUIRE(play.team.beats.size() > beats);
    CHECK(play.team.beats[beats].owned.size() == 2);
    CHECK(play.team.joins.size() == 1);
    play.sys.advance(3s);
    for (int32_t n = 0; n < 2; ++n) {
      auto offsets = play.hand.offsets(n);
      CHECK(offsets.size() == 100);
      CHECK(std::is_sorted(offsets.begin(), offsets.end()));
      CHECK(play.team.committed[part(n)] == 100);
    }
    CHECK_FALSE(play.team.went_back);
  }
}

TEST_CASE("a state push is the whole truth") {
  theatre play{0, 4};
  play.team.first = {play.from(0, 0), play.from(1, 0), play.from(2, 0)};
  play.start();
  auto kept = play.from(0, 50);
  kept.is_paused = true;
  member_state state{play.team.coordinator_epoch,
                     play.team.id(),
                     2,
                     {kept, play.from(3, 0)},
                     9,
                     {part(1)}};
  caf::anon_send(play.member, state_atom_v, state);
  play.sys.run();
  auto status = play.status();
  CHECK(status.member_epoch == 2);
  REQUIRE(status.partitions.size() == 2);
  CHECK(status.partitions[0].id == part(0));
  // It goes on where it is, not where it was assigned long ago.
  CHECK(status.partitions[0].position == 0);
  CHECK(status.partitions[0].state == "paused");
  CHECK(status.partitions[1].id == part(3));
  REQUIRE(play.team.revoked.size() == 1);
  CHECK(play.team.revoked[0].revocation_id == 9);
}
