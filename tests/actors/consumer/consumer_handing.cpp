// What a user's handler sees is the promise of the whole system: each record of
// a partition in order, one at a time, partitions side by side, again after a
// failure, at the pace that was set.
#include <algorithm>
#include <array>

#include "tests/actors/consumer/stage.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::stage;

namespace {

std::vector<int64_t> count_up(int64_t begin, int64_t end) {
  std::vector<int64_t> result;
  for (auto i = begin; i < end; ++i)
    result.push_back(i);
  return result;
}

} // namespace

TEST_CASE("a consumer hands out what is there, then what is posted") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  play.logs[0].append(3);
  play.start();
  CHECK(play.hand.offsets(0) == count_up(0, 3));
  play.post(0, 2);
  CHECK(play.hand.offsets(0) == count_up(0, 5));
  CHECK(play.hand.got[4].content.value.view() == "v4");
  CHECK(play.hand.got[4].topic == "messages");
  CHECK(play.hand.got[4].attempt == 1);
  CHECK(play.team.committed[part(0)] == 5);
  auto status = play.status();
  CHECK(status.state == "active");
  CHECK(status.handled == 5);
  REQUIRE(status.partitions.size() == 1);
  CHECK(status.partitions[0].position == 5);
  CHECK(status.partitions[0].committed_next == 5);
  CHECK(status.partitions[0].state == "fetching");
}

TEST_CASE("a fetch within a batch hands out nothing before its offset") {
  theatre play;
  play.team.first = {play.from(0, 7)};
  play.logs[0].append(10);
  play.start();
  CHECK(play.hand.offsets(0) == count_up(7, 10));
}

TEST_CASE("more records than a turn takes are all handed out, in order") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  play.settings.fetch_bytes_max = 2'000;
  play.settings.fetch_ahead_bytes = 4'000;
  for (int i = 0; i < 50; ++i)
    play.logs[0].append(20);
  play.start();
  CHECK(play.hand.offsets(0) == count_up(0, 1'000));
  CHECK(play.team.committed[part(0)] == 1'000);
  CHECK_FALSE(play.team.went_back);
}

TEST_CASE("one record at a time per partition, partitions side by side") {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    theatre play{seed, 3};
    play.hand.takes = 10ms;
    for (int32_t n = 0; n < 3; ++n) {
      play.logs[n].append(5);
      play.team.first.push_back(play.from(n, 0));
    }
    play.start_actor();
    play.sys.advance(1s);
    for (int32_t n = 0; n < 3; ++n)
      CHECK(play.hand.offsets(n) == count_up(0, 5));
    CHECK(play.hand.with_it_max == 3);
    CHECK_FALSE(play.hand.overlapped);
    CHECK_FALSE(play.team.went_back);
  }
}

TEST_CASE("handlers_in_flight bounds what is with the handler") {
  theatre play{3, 4};
  play.settings.handlers_in_flight = 2;
  play.hand.takes = 10ms;
  for (int32_t n = 0; n < 4; ++n) {
    play.logs[n].append(3);
    play.team.first.push_back(play.from(n, 0));
  }
  play.start_actor();
  play.sys.advance(1s);
  CHECK(play.hand.with_it_max == 2);
  for (int32_t n = 0; n < 4; ++n)
    CHECK(play.hand.offsets(n) == count_up(0, 3));
}

TEST_CASE("a failed record comes again, later each time, before the next one") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  play.logs[0].append(2);
  play.hand.decide = [](const delivery& x) -> caf::error {
    if (x.offset == 0 && x.attempt == 1)
      return make_error(ec::handler_failed, "gateway down");
    if (x.offset == 0 && x.attempt < 4)
      throw std::runtime_error{"gateway still down"};
    return caf::none;
  };
  play.start();
  CHECK(play.status().partitions[0].state == "retrying");
  CHECK(play.status().last_problem
        == "handling messages-0 at offset 0: handler_failed: gateway down");
  CHECK(play.team.commits.empty());
  play.sys.advance(10s);
  CHECK(play.hand.offsets(0) == std::vector<int64_t>{0, 0, 0, 0, 1});
  // Each wait is twice the one before, or up to half of that less.
  const auto& at = play.hand.at_ms;
  for (size_t i = 1; i < 4; ++i) {
    auto longest = int64_t{100} << (i - 1);
    CHECK(at[i] - at[i - 1] <= longest);
    CHECK(at[i] - at[i - 1] >= longest / 2);
  }
  CHECK(at[4] == at[3]);
  CHECK(play.hand.got[3].attempt == 4);
  CHECK(play.hand.got[4].attempt == 1);
  CHECK(play.status().retried == 3);
  CHECK(play.status().handled == 2);
  CHECK(play.team.committed[part(0)] == 2);
}

TEST_CASE("a partition that retries does not stop the others") {
  theatre play{0, 2};
  play.team.first = {play.from(0, 0), play.from(1, 0)};
  play.logs[0].append(2);
  play.logs[1].append(20);
  play.hand.decide = [](const delivery& x) {
    return x.id.partition == 0 ? make_error(ec::handler_failed, "never")
                               : caf::error{};
  };
  play.start();
  play.sys.advance(60s);
  CHECK(play.hand.offsets(1) == count_up(0, 20));
  // Doubled up to the largest wait: 0, .1, .3, .7, 1.5, ... 51.1 s.
  CHECK(play.hand.offsets(0).size() == 10);
}

TEST_CASE("a handler that dies is started again and gets its record again") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    theatre play{seed, 2};
    play.team.first = {play.from(0, 0), play.from(1, 0)};
    play.hand.takes = 5ms;
    play.hand.dies_at = 3;
    play.logs[0].append(4);
    play.logs[1].append(4);
    play.start_actor();
    play.sys.advance(5s);
    CHECK(play.hand.spawned == 2);
    for (int32_t n = 0; n < 2; ++n) {
      auto offsets = play.hand.offsets(n);
      CHECK(std::is_sorted(offsets.begin(), offsets.end()));
      CHECK(play.team.committed[part(n)] == 4);
    }
    CHECK(play.hand.got.size() > 8);
    auto status = play.status();
    CHECK(status.handler_restarts == 1);
    CHECK(status.handled == 8);
    CHECK(status.dropped_results == 0);
  }
}

TEST_CASE("a handler that is killed does not take its consumer with it") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  play.start_actor();
  caf::anon_send_exit(play.hand.actor, caf::exit_reason::kill);
  play.sys.advance(200ms);
  CHECK(play.hand.spawned == 2);
  CHECK(play.status().state == "active");
}

TEST_CASE("a handler that keeps dying is started ever later") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  play.logs[0].append(1);
  play.hand.decide = [](const delivery&) -> caf::error { return caf::none; };
  play.start_actor();
  play.sys.advance(1s);
  for (int i = 0; i < 3; ++i) {
    caf::anon_send_exit(play.hand.actor, caf::exit_reason::user_shutdown);
    play.sys.advance(1ms);
  }
  CHECK(play.hand.spawned == 1);
  play.sys.advance(100ms);
  CHECK(play.hand.spawned == 2);
  caf::anon_send_exit(play.hand.actor, caf::exit_reason::user_shutdown);
  play.sys.advance(150ms);
  CHECK(play.hand.spawned == 2);
  play.sys.advance(60ms);
  CHECK(play.hand.spawned == 3);
}

TEST_CASE("a handler that takes longer than handler_timeout has failed") {
  theatre play;
  play.settings.handler_timeout = 2s;
  play.team.first = {play.from(0, 0)};
  play.logs[0].append(1);
  play.hand.holds = true;
  play.start_actor();
  CHECK(play.hand.got.size() == 1);
  CHECK(play.status().partitions[0].state == "working");
  play.sys.advance(2'050ms);
  CHECK(play.status().partitions[0].state == "retrying");
  play.sys.advance(100ms);
  REQUIRE(play.hand.got.size() == 2);
  CHECK(play.hand.got[1].attempt == 2);
  // Slow is not dead: it proved its life all the time.
  CHECK(play.team.beats.size() >= 2);
  CHECK(play.team.joins.size() == 1);
}

TEST_CASE("a consumer's pace is kept to the record") {
  theatre play{0, 3};
  play.settings.records_per_second = 5;
  for (int32_t n = 0; n < 3; ++n) {
    play.logs[n].append(10);
    play.team.first.push_back(play.from(n, 0));
  }
  play.start();
  play.sys.advance(2s);
  REQUIRE(play.hand.at_ms.size() == 11);
  for (size_t i = 0; i < play.hand.at_ms.size(); ++i)
    CHECK(play.hand.at_ms[i] == static_cast<int64_t>(i) * 200);
  // In turns, so that no partition starves.
  CHECK(play.hand.offsets(0).size() == 4);
  CHECK(play.hand.offsets(1).size() == 4);
  CHECK(play.hand.offsets(2).size() == 3);
}

TEST_CASE("without a pace no partition keeps the others waiting for long") {
  theatre play{0, 2};
  for (int32_t n = 0; n < 2; ++n) {
    play.logs[n].append(200);
    play.team.first.push_back(play.from(n, 0));
  }
  play.start();
  std::vector<int32_t> runs;
  std::array<int32_t, 2> seen{};
  auto last = -1;
  for (const auto& x : play.hand.got) {
    auto now = x.id.partition;
    ++seen.at(static_cast<size_t>(now));
    // While both have some, and both have been heard of.
    if (seen[0] == 0 || seen[1] == 0 || seen[0] == 200 || seen[1] == 200)
      continue;
    if (now != last)
      runs.push_back(0);
    ++runs.back();
    last = now;
  }
  CHECK(seen == std::array<int32_t, 2>{200, 200});
  REQUIRE(runs.size() > 10);
  CHECK(*std::max_element(runs.begin(), runs.end()) == 16);
}

TEST_CASE("the group's pace is leased before a record goes") {
  theatre play;
  play.settings.group_rules.records_per_second = 10;
  play.team.rate = pace{10};
  play.team.first = {play.from(0, 0)};
  play.logs[0].append(100);
  play.start();
  // Another member takes every second place.
  for (int i = 0; i < 10; ++i) {
    play.team.rate.reserve(
      caf::timespan{std::chrono::milliseconds{play.elapsed_ms()}}, 1);
    play.sys.advance(200ms);
  }
  CHECK(play.hand.got.size() <= 12);
  CHECK(play.hand.got.size() >= 9);
  CHECK(play.team.leases.front() == 1);
}

TEST_CASE("a group's pace without a coordinator hands out nothing") {
  theatre play;
  play.settings.group_rules.records_per_second = 10;
  play.team.rate = pace{10};
  play.team.first = {play.from(0, 0)};
  play.logs[0].append(100);
  play.start();
  play.sys.advance(500ms);
  auto before = play.hand.got.size();
  CHECK(before >= 5);
  play.kill_coordinator();
  play.sys.advance(1s);
  CHECK(play.hand.got.size() <= before + 1);
  play.restart_coordinator();
  play.sys.advance(2s);
  CHECK(play.hand.got.size() > before + 5);
}

TEST_CASE("a paused partition hands out nothing until it is resumed") {
  theatre play{0, 2};
  play.team.first = {play.from(0, 0), play.from(1, 0)};
  play.start();
  play.pause(0, true);
  play.post(0, 3);
  play.post(1, 3);
  play.sys.advance(5s);
  CHECK(play.hand.offsets(0).empty());
  CHECK(play.hand.offsets(1) == count_up(0, 3));
  CHECK(play.status().partitions[0].state == "paused");
  play.pause(0, false);
  CHECK(play.hand.offsets(0) == count_up(0, 3));
}

TEST_CASE("a partition assigned as paused stays so") {
  theatre play;
  auto start = play.from(0, 0);
  start.is_paused = true;
  play.team.first = {start};
  play.logs[0].append(3);
  play.start();
  play.sys.advance(5s);
  CHECK(play.hand.got.empty());
  CHECK(play.logs[0].fetches.empty());
}
