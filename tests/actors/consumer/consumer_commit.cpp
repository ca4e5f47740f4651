// A position that is committed too early loses a record, one too late repeats
// it, one out of order does both. Each policy is held to what it promises.
#include "tests/actors/consumer/stage.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::stage;

namespace {

using words = std::vector<std::string>;

words commits(const theatre& play) {
  words result;
  for (const auto& x : play.team.heard)
    if (x.starts_with("commit"))
      result.push_back(x);
  return result;
}

} // namespace

TEST_CASE("each: every record's position is committed, in order") {
  theatre play;
  play.team.first = {play.from(0, 4)};
  play.logs[0].append(4);
  play.start();
  CHECK(commits(play).empty());
  play.post(0, 1);
  CHECK(commits(play) == words{"commit 0:5"});
  play.post(0, 1);
  CHECK(commits(play) == words{"commit 0:5", "commit 0:6"});
  CHECK(play.status().commits == 2);
}

TEST_CASE("one commit is under way at a time, later ones are joined to one") {
  theatre play{0, 2};
  play.team.first = {play.from(0, 0), play.from(1, 0)};
  play.team.holds_commits = true;
  play.logs[0].append(10);
  play.logs[1].append(10);
  play.start();
  CHECK(play.hand.got.size() == 20);
  REQUIRE(play.team.commits.size() == 1);
  play.answer_commits();
  REQUIRE(play.team.commits.size() == 2);
  CHECK(play.team.commits[1].entries.size() == 2);
  play.answer_commits();
  CHECK(play.team.commits.size() == 2);
  CHECK(play.team.committed[part(0)] == 10);
  CHECK(play.team.committed[part(1)] == 10);
}

TEST_CASE(
  "a commit names member, leader epoch, and the epoch of the hand-out") {
  theatre play{0, 2};
  play.team.first = {play.from(0, 0)};
  play.hand.holds = true;
  play.logs[0].epoch = 6;
  play.logs[0].append(2);
  play.start_actor();
  play.team.member_epoch = 4;
  play.assign({play.from(1, 0)});
  play.finish();
  REQUIRE(play.team.commits.size() == 1);
  CHECK(play.team.commits[0].member == play.team.id());
  auto& first = play.team.commits[0].entries[0];
  CHECK(first.next == 1);
  CHECK(first.leader_epoch == 6);
  CHECK(first.handed_epoch == 1);
  play.finish();
  CHECK(play.team.commits[1].entries[0].handed_epoch == 4);
}

TEST_CASE("every n: each n-th record commits, a drain the rest") {
  theatre play;
  play.settings.commit = {commit_policy::kind::every, 3, 1h};
  play.team.first = {play.from(0, 0)};
  play.start();
  for (int i = 0; i < 8; ++i)
    play.post(0, 1);
  play.sys.advance(10s);
  CHECK(commits(play) == words{"commit 0:3", "commit 0:6"});
  play.revoke({0}, 1);
  CHECK(commits(play).back() == "commit 0:8");
  CHECK(play.team.heard.back() == "revoked 0");
}

TEST_CASE("every n: what is left is committed when there is no more to read") {
  theatre play;
  play.settings.commit = {commit_policy::kind::every, 3, 1s};
  play.team.first = {play.from(0, 0)};
  play.logs[0].append(5);
  play.start();
  CHECK(commits(play) == words{"commit 0:3"});
  play.sys.advance(2s);
  CHECK(commits(play) == words{"commit 0:3", "commit 0:5"});
}

TEST_CASE("interval: one round commits all that was finished") {
  theatre play{0, 2};
  play.settings.commit = {commit_policy::kind::interval, 1, 2s};
  play.team.first = {play.from(0, 0), play.from(1, 0)};
  play.logs[0].append(3);
  play.logs[1].append(3);
  play.start();
  play.sys.advance(1'900ms);
  CHECK(play.team.commits.empty());
  play.sys.advance(200ms);
  CHECK(commits(play) == words{"commit 0:3", "commit 1:3"});
  play.sys.advance(10s);
  CHECK(play.team.commits.size() == 1);
  play.post(0, 1);
  play.sys.advance(2s);
  CHECK(commits(play).back() == "commit 0:4");
}

TEST_CASE("before: a record is handed out after its commit was accepted") {
  theatre play;
  play.settings.commit.what = commit_policy::kind::before;
  play.team.first = {play.from(0, 0, start_reason::stored_start)};
  play.team.holds_commits = true;
  play.logs[0].append(2);
  play.start();
  CHECK(play.hand.got.empty());
  CHECK(commits(play) == words{"commit 0:1"});
  play.answer_commits();
  CHECK(play.hand.offsets(0) == std::vector<int64_t>{0});
  play.answer_commits();
  CHECK(play.hand.offsets(0) == std::vector<int64_t>{0, 1});
  CHECK(commits(play) == words{"commit 0:1", "commit 0:2"});
}

TEST_CASE("before: an unknown outcome is asked again, under the same epoch") {
  theatre play;
  play.settings.commit.what = commit_policy::kind::before;
  play.settings.session_timeout = 30s;
  play.team.first = {play.from(0, 0)};
  play.team.ignores_commits = true;
  play.logs[0].append(1);
  play.start();
  play.team.member_epoch = 3;
  play.assign({});
  play.sys.advance(5s);
  CHECK(play.hand.got.empty());
  play.team.ignores_commits = false;
  play.sys.advance(6s);
  CHECK(play.hand.got.size() == 1);
  REQUIRE(play.team.commits.size() == 2);
  CHECK(play.team.commits[1].entries[0].handed_epoch == 1);
}

TEST_CASE("before: a refused commit drops the record") {
  theatre play;
  play.settings.commit.what = commit_policy::kind::before;
  play.team.first = {play.from(0, 0)};
  play.team.outcome = [](const auto&) { return ec::stale_epoch; };
  play.logs[0].append(1);
  play.start();
  play.sys.advance(500ms);
  CHECK(play.hand.got.empty());
  CHECK(play.status().partitions.empty());
  CHECK(play.status().commits_refused == 1);
}

TEST_CASE("before: a committed record does not wait behind who has no right "
          "yet") {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    theatre play{seed, 3};
    play.settings.commit.what = commit_policy::kind::before;
    play.settings.handlers_in_flight = 1;
    for (int32_t n = 0; n < 3; ++n) {
      play.team.first.push_back(play.from(n, 0));
      play.logs[n].append(4);
    }
    play.hand.takes = 10ms;
    play.start_actor();
    play.sys.advance(1s);
    CHECK(play.hand.got.size() == 12);
    CHECK(play.hand.with_it_max == 1);
    for (int32_t n = 0; n < 3; ++n)
      CHECK(play.team.committed[part(n)] == 4);
  }
}

TEST_CASE("before: a record whose handler failed is not handed out again") {
  theatre play;
  play.settings.commit.what = commit_policy::kind::before;
  play.team.first = {play.from(0, 0)};
  play.logs[0].append(3);
  play.hand.decide = [](const delivery& x) {
    return x.offset == 1 ? make_error(ec::handler_failed, "no") : caf::error{};
  };
  play.start();
  play.sys.advance(10s);
  CHECK(play.hand.offsets(0) == std::vector<int64_t>{0, 1, 2});
  CHECK(play.status().given_up == 1);
  CHECK(play.status().handled == 2);
}

TEST_CASE("before: a partition that is revoked delivers what it committed") {
  theatre play;
  play.settings.commit.what = commit_policy::kind::before;
  play.team.first = {play.from(0, 0)};
  play.team.holds_commits = true;
  play.logs[0].append(5);
  play.start();
  play.revoke({0}, 2);
  CHECK(play.team.revoked.empty());
  play.answer_commits();
  CHECK(play.hand.offsets(0) == std::vector<int64_t>{0});
  REQUIRE(play.team.revoked.size() == 1);
  CHECK(play.team.revoked[0].released[0].handed_next == 1);
}

TEST_CASE("a refused commit gives the partition up, the others go on") {
  theatre play{0, 2};
  play.team.first = {play.from(0, 0), play.from(1, 0)};
  play.team.outcome = [](const commit_entry& x) {
    return x.id == part(0) ? ec::stale_epoch : ec::none;
  };
  play.logs[0].append(1);
  play.start();
  auto status = play.status();
  REQUIRE(status.partitions.size() == 1);
  CHECK(status.partitions[0].id == part(1));
  CHECK(status.commits_refused == 1);
  CHECK(status.last_problem == "committing messages-0: stale_epoch");
  play.post(1, 2);
  CHECK(play.team.committed[part(1)] == 2);
}

TEST_CASE("a commit that failed for now is repeated, in order") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  SECTION("entry by entry") {
    play.team.outcome = [](const auto&) { return ec::storage_full; };
  }
  SECTION("as a whole") {
    play.team.commit_error = make_error(ec::not_available, "loading");
  }
  play.logs[0].append(1);
  play.start();
  play.sys.advance(1s);
  CHECK(play.team.commits.size() > 2);
  CHECK(play.team.commits.size() < 6);
  CHECK(play.status().partitions.size() == 1);
  play.team.outcome = nullptr;
  play.team.commit_error = caf::none;
  play.sys.advance(2s);
  CHECK(play.team.committed[part(0)] == 1);
}

TEST_CASE("a commit lost with its coordinator is asked of the next one") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  play.team.ignores_commits = true;
  play.logs[0].append(1);
  play.start();
  CHECK(play.team.commits.size() == 1);
  play.team.ignores_commits = false;
  play.restart_coordinator();
  play.sys.advance(500ms);
  CHECK(play.team.committed[part(0)] == 1);
}

TEST_CASE("compaction's gaps are passed, and committed when idle") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  play.logs[0].append(10);
  play.logs[0].append(10);
  play.logs[0].compact([](int64_t offset) { return offset == 3; });
  play.logs[0].append(1, 1 << 5);
  play.start();
  CHECK(play.hand.offsets(0) == std::vector<int64_t>{3});
  CHECK(play.team.committed[part(0)] == 21);
  CHECK(play.status().partitions[0].position == 21);
}

TEST_CASE("a gap alone is not committed from null") {
  theatre play;
  play.team.first = {play.from(0, 0, start_reason::stored_start)};
  play.logs[0].append(1, 1 << 5);
  play.start();
  play.sys.advance(5s);
  CHECK(play.team.commits.empty());
  CHECK(play.status().partitions[0].committed_next == -1);
  play.post(0, 1);
  CHECK(play.team.committed[part(0)] == 2);
}
