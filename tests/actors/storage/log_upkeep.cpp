// What is old goes, what is needed stays: retention, deletion and cuts decide
// which records exist, so each is held to the letter, with crashes in between.
#include <random>

#include "tests/actors/storage/log_fixture.hpp"

using namespace troupe;
using namespace troupe::storage;

namespace {

/// Segments of five batches each.
struct upkeep_fixture : log_fixture {
  upkeep_fixture() {
    settings.segment_bytes = 5 * 80;
    settings.retention_time = 0ms;
  }

  void append_fixed(int first, int last) {
    for (int i = first; i < last; ++i)
      append(fmt_number(i), t0 + i * 1000);
  }

  static std::string fmt_number(int i) {
    auto digits = std::to_string(i);
    return "value" + std::string(5 - digits.size(), '0') + digits;
  }
};

} // namespace

TEST_CASE_METHOD(upkeep_fixture, "without bounds nothing goes") {
  open();
  append_fixed(0, 50);
  CHECK(*it->retain(t0 + 1'000'000'000) == 0);
  CHECK(it->start() == 0);
}

TEST_CASE_METHOD(upkeep_fixture, "whole segments go by time, but the active "
                                 "one") {
  settings.retention_time = 20s;
  open();
  append_fixed(0, 50);
  auto segments = it->segment_count();
  auto gone = it->retain(t0 + 49'000);
  REQUIRE(gone);
  CHECK(*gone > 0);
  CHECK(*gone == it->start());
  // The segment with the first record that is young enough is there whole.
  CHECK(it->start() <= 29);
  CHECK(it->start() > 23);
  CHECK(it->segment_count() < segments);
  CHECK(values_from(it->start()).front()
        == fmt_number(static_cast<int>(it->start())));
  REQUIRE(it->retain(t0 + 1'000'000));
  CHECK(it->segment_count() == 1);
  CHECK(it->end() == 50);
  reopen();
  CHECK(it->end() == 50);
}

TEST_CASE_METHOD(upkeep_fixture, "the last segment goes, too, when it has "
                                 "reached its age") {
  settings.retention_time = 20s;
  settings.segment_age = std::chrono::hours{1};
  open();
  append_fixed(0, 3);
  CHECK(*it->retain(t0 + 3'000'000) == 0);
  CHECK(*it->retain(t0 + 4'000'000) == 3);
  CHECK(it->start() == 3);
  CHECK(it->end() == 3);
  CHECK(it->size_bytes() == 0);
  append_fixed(3, 5);
  reopen();
  CHECK(it->start() == 3);
  CHECK(values_from(3).size() == 2);
}

TEST_CASE_METHOD(upkeep_fixture, "segments go by bytes, down to the bound") {
  settings.retention_bytes = 1000;
  open();
  append_fixed(0, 100);
  REQUIRE(*it->retain(t0) > 0);
  CHECK(it->size_bytes() >= 1000);
  CHECK(it->size_bytes() < 1000 + settings.segment_bytes);
  CHECK(values_from(it->start()).back() == fmt_number(99));
  CHECK(*it->retain(t0) == 0);
}

TEST_CASE_METHOD(upkeep_fixture, "a compacted log keeps its age") {
  settings.cleanup = cleanup_policy::compact;
  settings.retention_bytes = 1;
  settings.retention_time = 1ms;
  open();
  append_fixed(0, 50);
  CHECK(*it->retain(t0 + 1'000'000) == 0);
}

TEST_CASE_METHOD(upkeep_fixture, "the start moves to an offset") {
  open();
  append_fixed(0, 50);
  REQUIRE_FALSE(it->delete_before(23));
  CHECK(it->start() == 23);
  CHECK(values_from(23).size() == 27);
  CHECK(code_of(it->read(22, 1).error()) == ec::offset_out_of_range);
  REQUIRE_FALSE(it->delete_before(10));
  CHECK(it->start() == 23);
  CHECK(code_of(it->delete_before(51)) == ec::offset_out_of_range);
  SECTION("it holds over a clean stop") {
    reopen();
    CHECK(it->start() == 23);
  }
  SECTION("it holds over a crash") {
    REQUIRE_FALSE(sync());
    disk->crash();
    open();
    CHECK(it->start() == 23);
    CHECK(it->end() == 50);
  }
  SECTION("up to the end") {
    REQUIRE_FALSE(it->delete_before(50));
    CHECK(it->start() == 50);
    CHECK(it->segment_count() == 1);
    reopen();
    CHECK(it->start() == 50);
    CHECK(it->end() == 50);
    append_fixed(50, 51);
    CHECK(values_from(50).size() == 1);
  }
}

TEST_CASE_METHOD(upkeep_fixture, "epochs whose records went are forgotten") {
  open();
  append_fixed(0, 20);
  REQUIRE_FALSE(it->begin_epoch(1));
  append_fixed(20, 40);
  REQUIRE_FALSE(it->begin_epoch(2));
  append_fixed(40, 50);
  REQUIRE_FALSE(it->delete_before(30));
  CHECK(it->epochs() == std::vector<epoch_start>{{1, 20}, {2, 40}});
  CHECK(it->end_of_epoch(0) == epoch_start{0, 20});
}

TEST_CASE_METHOD(upkeep_fixture, "a cut takes all from an offset on") {
  auto offset = GENERATE(range(0, 26));
  open();
  append_fixed(0, 13);
  REQUIRE_FALSE(it->begin_epoch(3));
  append_fixed(13, 25);
  REQUIRE_FALSE(sync());
  REQUIRE_FALSE(it->truncate(offset));
  auto end = std::min(offset, 25);
  CHECK(it->end() == end);
  CHECK(it->synced_end() == end);
  CHECK(it->leader_epoch() == 3);
  CHECK(it->end_of_epoch(0).start_offset == std::min(13, end));
  append_fixed(100, 105);
  auto expected = values_from(0);
  CHECK(expected.size() == static_cast<size_t>(end + 5));
  CHECK(expected.back() == fmt_number(104));
  REQUIRE_FALSE(sync());
  disk->crash();
  open();
  CHECK(values_from(0) == expected);
}

TEST_CASE_METHOD(upkeep_fixture, "a cut within a batch takes the batch") {
  open();
  append({keyed("a", "1"), keyed("b", "2"), keyed("c", "3")});
  append({keyed("a", "4"), keyed("b", "5"), keyed("c", "6")});
  REQUIRE_FALSE(it->truncate(4));
  CHECK(it->end() == 3);
  CHECK(code_of(it->truncate(-1)) == ec::offset_out_of_range);
}

TEST_CASE("a crash at any step of a cut leaves a log that opens") {
  for (uint64_t step = 0; step < 40; ++step) {
    upkeep_fixture x;
    x.open();
    x.append_fixed(0, 30);
    REQUIRE_FALSE(x.sync());
    x.append_fixed(30, 32);
    x.disk->stop_after(step);
    auto failure = x.it->truncate(12);
    x.disk->crash();
    x.open();
    INFO("step " << step);
    CHECK(x.it->end() >= 12);
    if (!failure)
      CHECK(x.it->end() == 12);
    CHECK(x.values_from(0).size() == static_cast<size_t>(x.it->end()));
    REQUIRE_FALSE(x.it->truncate(12));
    CHECK(x.values_from(0).back() == x.fmt_number(11));
  }
}

TEST_CASE("a crash at any step of retention leaves a log that opens") {
  for (uint64_t step = 0; step < 40; ++step) {
    std::mt19937_64 random{step};
    upkeep_fixture x;
    x.settings.retention_bytes = 800;
    x.open();
    x.append_fixed(0, 40);
    REQUIRE_FALSE(x.sync());
    x.disk->stop_after(step);
    auto gone = x.it->retain(t0);
    x.disk->crash(random);
    x.open();
    INFO("step " << step);
    CHECK(x.it->end() == 40);
    CHECK((x.it->start() == 0 || x.it->start() >= 25));
    if (gone)
      CHECK(x.it->start() == *gone);
    auto values = x.values_from(x.it->start());
    CHECK(values.size() == static_cast<size_t>(40 - x.it->start()));
    CHECK(x.names(".log").size() == x.it->segment_count());
  }
}
