// The fetch loop stands between a log that may be slow, restarted, trimmed or
// cut and a handler that must see every record that is left, once, in order.
#include "tests/actors/consumer/stage.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::stage;

TEST_CASE("what is fetched ahead stays within its bound") {
  theatre play;
  play.logs[0].append(10);
  auto batch_bytes = play.logs[0].batches[0].encoded_bytes();
  play.settings.fetch_bytes_max = 2 * batch_bytes + 10;
  play.settings.fetch_ahead_bytes = 5 * batch_bytes;
  for (int i = 0; i < 100; ++i)
    play.logs[0].append(10);
  play.team.first = {play.from(0, 0)};
  play.hand.takes = 1ms;
  play.start_actor();
  uint64_t most = 0;
  for (int i = 0; i < 1'200; ++i) {
    play.sys.advance(1ms);
    most = std::max(most, play.status().partitions[0].buffered_bytes);
  }
  CHECK(most <= 5 * batch_bytes + 50);
  CHECK(most >= 3 * batch_bytes);
  CHECK(play.hand.got.size() == 1'010);
}

TEST_CASE("a fetch says where, how much, how long, and after which epoch") {
  theatre play;
  play.logs[0].epoch = 3;
  play.logs[0].append(5);
  auto start = play.from(0, 2);
  start.leader_epoch = 2;
  play.team.first = {start};
  play.start();
  REQUIRE(play.logs[0].fetches.size() == 2);
  auto& first = play.logs[0].fetches[0];
  CHECK(first.offset == 2);
  CHECK(first.last_epoch == 2);
  CHECK(first.bytes_max == play.settings.fetch_bytes_max);
  CHECK(first.wait_max == 500ms);
  auto& second = play.logs[0].fetches[1];
  CHECK(second.offset == 5);
  CHECK(second.last_epoch == 3);
}

TEST_CASE("an idle partition is asked once a wait, not in a circle") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  SECTION("it waits as it should") {
    play.start();
    play.sys.advance(10s);
    CHECK(play.logs[0].fetches.size() <= 22);
  }
  SECTION("it answers empty at once") {
    play.logs[0].override = [](const auto&) { return fetch_result{}; };
    play.start();
    play.sys.advance(10s);
    CHECK(play.logs[0].fetches.size() <= 10);
  }
}

TEST_CASE("a partition that restarts is found again") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    theatre play{seed};
    play.team.first = {play.from(0, 0)};
    play.logs[0].append(5);
    play.start();
    play.restart_partition(0);
    play.post(0, 5);
    play.sys.advance(300ms);
    CHECK(play.hand.offsets(0).size() == 10);
    CHECK(play.team.committed[part(0)] == 10);
  }
}

TEST_CASE("an offline partition is asked for ever more slowly") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  auto online = play.signs.partitions;
  play.signs.partitions.clear();
  play.logs[0].append(1);
  play.start();
  play.sys.advance(5s);
  CHECK(play.hand.got.empty());
  CHECK(play.status().last_problem
        == "fetching from messages-0: not_available: offline");
  play.signs.partitions = online;
  play.sys.advance(5s);
  CHECK(play.hand.got.size() == 1);
}

TEST_CASE("below the log's start it goes on there and counts what is gone") {
  theatre play;
  play.team.first = {play.from(0, 2)};
  for (int i = 0; i < 10; ++i)
    play.logs[0].append(1);
  play.logs[0].start = 6;
  play.logs[0].batches.erase(play.logs[0].batches.begin(),
                             play.logs[0].batches.begin() + 6);
  play.start();
  CHECK(play.hand.offsets(0) == std::vector<int64_t>{6, 7, 8, 9});
  auto status = play.status();
  CHECK(status.skipped == 4);
  CHECK(status.last_problem
        == "messages-0: 4 records from offset 2 on were removed before they "
           "were read, by retention or by hand");
  CHECK(play.team.committed[part(0)] == 10);
}

TEST_CASE("a log that was cut is followed from its cut, and that is shown") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  for (int i = 0; i < 8; ++i)
    play.logs[0].append(1);
  play.start();
  REQUIRE(play.hand.got.size() == 8);
  SECTION("above its end") {
    play.logs[0].cut(5);
    play.restart_partition(0);
    play.sys.advance(200ms);
    play.logs[0].append(4);
  }
  SECTION("diverged") {
    play.logs[0].cut(5);
    play.logs[0].append(4);
    play.logs[0].override = [&](const fetch_request& x) {
      auto result = play.logs[0].read(x);
      // The answer of a log that knows: epoch 0 ends at 5.
      if (x.last_epoch == 0 && x.offset > 5) {
        result.batches.clear();
        result.status = fetch_status::diverged;
        result.diverging_end = 5;
      }
      return result;
    };
    play.restart_partition(0);
  }
  play.sys.advance(2s);
  auto status = play.status();
  CHECK(status.truncations == 1);
  CHECK(play.hand.offsets(0)
        == std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 5, 6, 7, 8});
  // The committed position does not go back; it grows once it is passed.
  CHECK_FALSE(play.team.went_back);
  CHECK(play.team.committed[part(0)] == 9);
}

TEST_CASE("a cut that drops the record that is retried takes its failures with "
          "it") {
  theatre play;
  play.settings.failures.what = failure_policy::kind::dead;
  play.settings.failures.attempts_max = 5;
  play.team.first = {play.from(0, 0)};
  play.hand.decide = [](const delivery&) {
    return make_error(ec::handler_failed, "it answered 500");
  };
  play.logs[0].append(1);
  play.start();
  // Tried at 0, 100, 300 and 700 ms.
  play.sys.advance(1s);
  REQUIRE(play.hand.got.size() == 4);
  CHECK(play.status().activity == "retrying 4/5");
  // Another record stands in its place.
  play.logs[0].cut(0);
  play.restart_partition(0);
  play.sys.advance(200ms);
  play.logs[0].append_records({{bytes{}, bytes{"other"}, {}, 0}});
  play.sys.advance(600ms);
  CHECK(play.status().truncations == 1);
  CHECK(play.letters.got.empty());
  REQUIRE(play.hand.got.size() >= 5);
  CHECK(play.hand.got[4].content.value.view() == "other");
  CHECK(play.hand.got[4].attempt == 1);
  CHECK(play.status().activity.starts_with("retrying"));
  // Its own five, with waits that begin anew.
  play.sys.advance(2s);
  CHECK(play.hand.got.size() == 4 + 5);
  CHECK(play.letters.got.size() == 1);
}

TEST_CASE("a commit below the committed position does not stop the reading") {
  theatre play;
  play.team.first = {play.from(0, 0, start_reason::truncated)};
  play.team.outcome = [](const commit_entry& x) {
    return x.next < 3 ? ec::commit_goes_back : ec::none;
  };
  play.logs[0].append(4);
  play.start();
  CHECK(play.hand.got.size() == 4);
  CHECK(play.team.committed[part(0)] == 4);
  CHECK(play.status().partitions.size() == 1);
}

TEST_CASE("a damaged batch is fetched again, never skipped") {
  theatre play;
  play.team.first = {play.from(0, 0)};
  play.logs[0].append(3);
  auto whole = play.logs[0].batches[0];
  auto& records = play.logs[0].batches[0].records;
  records = records.slice(0, records.size() - 4);
  play.start();
  CHECK(play.hand.got.size() == 2);
  CHECK(play.status().last_problem.starts_with("messages-0: corrupt_batch"));
  play.logs[0].batches[0] = whole;
  play.sys.advance(1s);
  CHECK(play.hand.offsets(0) == std::vector<int64_t>{0, 1, 2});
}
