// One partition's way through a consumer decides what is handed out and what is
// committed: a wrong step here loses or repeats a record.
#include "actors/consumer/in_flight.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr auto t0 = caf::timespan{0};

assigned_partition start(int64_t offset, start_reason why) {
  return {{uuid{1, 1}, 0}, "messages", offset, -1, why, false};
}

in_flight committed_at(int64_t offset) {
  return in_flight{start(offset, start_reason::committed), 1'000, 200};
}

in_flight null_at(int64_t offset) {
  return in_flight{start(offset, start_reason::stored_start), 1'000, 200};
}

record_batch batch(int64_t base, int count, int32_t epoch = 0) {
  std::vector<record> records(static_cast<size_t>(count),
                              record{bytes{"k"}, bytes{"v"}, {}, 1});
  auto result = make_batch(records, {}, base);
  result.header.leader_epoch = epoch;
  return result;
}

/// Offsets `kept` of a batch that began as [base, end).
record_batch sparse(int64_t base, int64_t end, std::vector<int64_t> kept) {
  std::vector<placed_record> records;
  for (auto offset : kept)
    records.push_back({offset, record{bytes{"k"}, bytes{"v"}, {}, 1}});
  return make_sparse_batch(
    records, batch(base, static_cast<int>(end - base)).header, end - 1);
}

int64_t next_offset(in_flight& x, caf::timespan now = t0) {
  auto* record = x.next(now);
  return record ? record->offset : -1;
}

/// Hands out the next record and finishes it.
int64_t do_one(in_flight& x, int64_t member_epoch = 1) {
  auto offset = next_offset(x);
  if (offset >= 0) {
    x.hand(member_epoch);
    x.finish();
  }
  return offset;
}

void commit(in_flight& x) {
  x.ask(x.uncommitted(1).next);
  x.accept();
}

} // namespace

TEST_CASE("the records of a compressed batch are handed out one by one") {
  auto how = GENERATE(codec::gzip, codec::snappy, codec::lz4, codec::zstd);
  auto packed = compress_batch(batch(4, 50), {how});
  REQUIRE(packed.header.codec() != 0);
  auto x = committed_at(52);
  x.take(52, {packed});
  CHECK(x.buffered_bytes() == packed.encoded_bytes());
  CHECK(do_one(x) == 52);
  CHECK(do_one(x) == 53);
  CHECK(do_one(x) == -1);
  CHECK(x.buffered_bytes() == 0);
  // Damaged on its way: what was handed out stays, the rest is fetched again.
  packed.records = packed.records.slice(0, packed.records.size() / 2);
  packed.header.base_offset = 54;
  x.take(54, {packed});
  CHECK(do_one(x) == -1);
  CHECK(code_of(x.damage()) == ec::corrupt_batch);
  x.refetch();
  CHECK(x.fetch_offset() == 54);
}

TEST_CASE("one record is out at a time, in order") {
  auto x = committed_at(5);
  x.take(5, {batch(4, 4)});
  CHECK(x.fetch_offset() == 8);
  CHECK(next_offset(x) == 5);
  CHECK(next_offset(x) == 5);
  CHECK(x.hand(1) == 1);
  CHECK(x.is_handed());
  CHECK(x.handed_next() == 6);
  CHECK(next_offset(x) == -1);
  CHECK(x.uncommitted(1) == commit_point{});
  CHECK(x.finish());
  CHECK(x.uncommitted(1) == commit_point{6, 0, 1});
  CHECK(do_one(x) == 6);
  CHECK(do_one(x) == 7);
  CHECK(do_one(x) == -1);
  CHECK(x.buffered_bytes() == 0);
  CHECK(x.position() == 8);
}

TEST_CASE("a failed record goes again when its time has come") {
  auto x = committed_at(0);
  x.take(0, {batch(0, 2)});
  next_offset(x);
  x.hand(1);
  CHECK(x.fail(100ms));
  CHECK(x.retry_at() == caf::timespan{100ms});
  CHECK(next_offset(x, 99ms) == -1);
  CHECK(next_offset(x, 100ms) == 0);
  CHECK(x.hand(1) == 2);
  CHECK(x.finish());
  CHECK(next_offset(x) == 1);
  CHECK(x.hand(1) == 1);
}

TEST_CASE("a commit carries the epoch under which the record was handed out") {
  auto x = committed_at(0);
  x.take(0, {batch(0, 2, 7)});
  next_offset(x);
  x.hand(3);
  x.finish();
  CHECK(x.uncommitted(9) == commit_point{1, 7, 3});
}

TEST_CASE("fetching ahead stops where the buffer has no room for a fetch") {
  auto x = committed_at(0);
  auto piece = batch(0, 3);
  auto size = piece.encoded_bytes();
  in_flight y{start(0, start_reason::committed), size * 2, size};
  CHECK(y.wants_fetch());
  y.take(0, {batch(0, 3)});
  CHECK(y.wants_fetch());
  y.take(3, {batch(3, 3)});
  CHECK_FALSE(y.wants_fetch());
  CHECK(y.buffered_bytes() == 2 * size);
  for (int i = 0; i < 4; ++i)
    do_one(y);
  CHECK(y.wants_fetch());
}

TEST_CASE("an answer to a fetch that begins elsewhere by now is ignored") {
  auto x = committed_at(0);
  x.take(0, {batch(0, 2)});
  x.refetch();
  CHECK(x.fetch_offset() == 0);
  x.take(2, {batch(2, 2)});
  CHECK(x.buffered_bytes() == 0);
  CHECK(x.fetch_offset() == 0);
}

TEST_CASE("gaps of compaction are advanced over, never from null") {
  struct row {
    const char* what;
    bool is_null;
    record_batch first;
    int handled;
    int64_t next;
  };
  auto rows = std::vector<row>{
    {"behind the last record: with its commit", false, sparse(0, 10, {2, 5}), 2,
     10},
    {"before a record that is buffered: only the finished one", false,
     sparse(0, 10, {2, 5}), 1, 3},
    {"nothing handled, committed before", false, sparse(0, 10, {2}), 0, -1},
    {"null, handled", true, sparse(0, 10, {2, 5}), 2, 10},
    {"null, nothing handled", true, sparse(0, 10, {2}), 0, -1},
  };
  for (const auto& r : rows) {
    INFO(r.what);
    auto x = r.is_null ? null_at(0) : committed_at(0);
    x.take(0, {r.first});
    for (int i = 0; i < r.handled; ++i)
      do_one(x);
    next_offset(x);
    CHECK(x.uncommitted(1).next == r.next);
  }
}

TEST_CASE("control batches are passed, and committed when idle") {
  auto marker = batch(0, 1);
  marker.header.attributes = 1 << 5;
  auto x = committed_at(0);
  x.take(0, {marker});
  CHECK(next_offset(x) == -1);
  CHECK(x.uncommitted(4) == commit_point{1, 0, 4});
  CHECK(x.need().is_idle);
  CHECK(x.need().finished == 0);
  auto y = null_at(0);
  y.take(0, {marker});
  CHECK(next_offset(y) == -1);
  CHECK(y.uncommitted(4).next == -1);
}

TEST_CASE("what is finished while a commit is out goes with the next one") {
  auto x = committed_at(0);
  x.take(0, {batch(0, 5)});
  do_one(x);
  x.ask(x.uncommitted(1).next);
  CHECK(x.is_asking());
  do_one(x);
  do_one(x);
  CHECK(x.need().finished == 2);
  x.accept();
  CHECK(x.committed_next() == 1);
  CHECK(x.uncommitted(1).next == 3);
  x.ask(3);
  x.repeat();
  CHECK(x.need().is_repeat);
  CHECK(x.uncommitted(1).next == 3);
}

TEST_CASE("draining ends when nothing is out and all is committed") {
  auto x = committed_at(0);
  x.take(0, {batch(0, 5)});
  do_one(x);
  next_offset(x);
  x.hand(1);
  x.drain();
  CHECK(x.buffered_bytes() == 0);
  CHECK_FALSE(x.wants_fetch());
  CHECK_FALSE(x.is_drained());
  x.finish();
  CHECK(next_offset(x) == -1);
  CHECK_FALSE(x.is_drained());
  x.ask(x.uncommitted(1).next);
  CHECK_FALSE(x.is_drained());
  x.accept();
  CHECK(x.is_drained());
  CHECK(x.committed_next() == 2);
}

TEST_CASE("a drained partition does not wait for a retry") {
  auto x = committed_at(0);
  x.take(0, {batch(0, 2)});
  next_offset(x);
  x.hand(1);
  x.drain();
  CHECK(x.fail(1s));
  CHECK(x.is_drained());
  CHECK(x.uncommitted(1).next == -1);
}

TEST_CASE("a record given up stays uncommitted") {
  auto x = committed_at(0);
  x.take(0, {batch(0, 2)});
  do_one(x);
  commit(x);
  next_offset(x);
  x.hand(1);
  x.drain();
  x.abandon();
  CHECK(x.is_drained());
  CHECK(x.committed_next() == 1);
}

TEST_CASE("a paused partition keeps what it has and fetches no more") {
  auto x = committed_at(0);
  x.take(0, {batch(0, 2)});
  x.set_paused(true);
  CHECK(next_offset(x) == -1);
  CHECK_FALSE(x.wants_fetch());
  CHECK(x.buffered_bytes() > 0);
  x.set_paused(false);
  CHECK(next_offset(x) == 0);
}

TEST_CASE("below the log's start it goes on there, and counts") {
  auto x = committed_at(5);
  CHECK(x.skip_to(9) == 4);
  CHECK(x.fetch_offset() == 9);
  CHECK(x.position() == 9);
  CHECK(x.uncommitted(1).next == 9);
  CHECK(x.skip_to(9) == 0);
  auto y = null_at(5);
  CHECK(y.skip_to(9) == 4);
  CHECK(y.uncommitted(1).next == -1);
}

TEST_CASE("a cut log takes back what lay behind the cut") {
  auto done = [](in_flight x, int records) {
    x.take(0, {batch(0, 10)});
    for (int i = 0; i < records; ++i)
      do_one(x);
    return x;
  };
  SECTION("buffered and waiting") {
    auto x = done(committed_at(0), 1);
    next_offset(x);
    x.cut_at(4);
    CHECK(x.fetch_offset() == 1);
    CHECK(x.buffered_bytes() == 0);
    CHECK(x.uncommitted(1).next == 1);
  }
  SECTION("finished") {
    auto x = done(committed_at(0), 6);
    x.cut_at(4);
    CHECK(x.fetch_offset() == 4);
    CHECK(x.fetch_epoch() == -1);
    CHECK(x.position() == 4);
    CHECK(x.uncommitted(1).next == 4);
  }
  SECTION("finished, never committed: what stays of it is to be committed") {
    auto x = done(null_at(0), 6);
    x.cut_at(4);
    CHECK(x.uncommitted(1).next == 4);
    CHECK(x.need().finished > 0);
    x.cut_at(0);
    CHECK(x.uncommitted(1).next == -1);
    CHECK(x.need().finished == 0);
  }
  SECTION("committed: nothing goes back") {
    auto x = done(committed_at(0), 6);
    commit(x);
    x.cut_at(4);
    CHECK(x.uncommitted(1).next == -1);
    x.take(4, {batch(4, 4, 1)});
    CHECK(do_one(x) == 4);
    CHECK(do_one(x) == 5);
    CHECK(x.uncommitted(1).next == -1);
    CHECK(do_one(x) == 6);
    CHECK(x.uncommitted(1) == commit_point{7, 1, 1});
  }
  SECTION("with the handler: its result means nothing") {
    auto x = done(committed_at(0), 6);
    next_offset(x);
    x.hand(1);
    x.cut_at(4);
    CHECK_FALSE(x.finish());
    CHECK(x.uncommitted(1).next == 4);
    x.take(4, {batch(4, 1, 1)});
    CHECK(do_one(x) == 4);
  }
  SECTION("with the handler, before the cut: all is well") {
    auto x = committed_at(0);
    x.take(0, {batch(0, 10)});
    next_offset(x);
    x.hand(1);
    x.cut_at(4);
    CHECK(x.finish());
    CHECK(x.uncommitted(1).next == 1);
    CHECK(x.fetch_offset() == 1);
  }
}

TEST_CASE("a damaged batch stops the reading until it is fetched again") {
  auto damaged = batch(0, 2);
  damaged.records = damaged.records.slice(0, damaged.records.size() - 3);
  auto x = committed_at(0);
  x.take(0, {damaged});
  CHECK(do_one(x) == 0);
  CHECK(next_offset(x) == -1);
  CHECK(x.damage());
  CHECK_FALSE(x.wants_fetch());
  x.refetch();
  CHECK_FALSE(x.damage());
  CHECK(x.fetch_offset() == 1);
  x.take(1, {batch(0, 2)});
  CHECK(do_one(x) == 1);
}

TEST_CASE("at most once: a record goes after its commit was accepted") {
  in_flight x{start(0, start_reason::stored_start), 1'000, 200, true};
  x.take(0, {batch(0, 2)});
  CHECK(next_offset(x) == 0);
  CHECK(x.must_announce());
  x.announce(5);
  CHECK(next_offset(x) == -1);
  CHECK(x.uncommitted(6) == commit_point{1, 0, 5});
  CHECK(x.need().is_announced);
  x.ask(1);
  x.repeat();
  CHECK(x.uncommitted(6) == commit_point{1, 0, 5});
  x.ask(1);
  SECTION("it is handed out") {
    x.accept();
    CHECK_FALSE(x.must_announce());
    CHECK(next_offset(x) == 0);
    x.hand(6);
    x.finish();
    CHECK(x.uncommitted(6).next == -1);
    CHECK(next_offset(x) == 1);
    CHECK(x.must_announce());
  }
  SECTION("even when the partition drains: nobody else will") {
    x.drain();
    CHECK_FALSE(x.is_drained());
    x.accept();
    CHECK_FALSE(x.is_drained());
    CHECK(next_offset(x) == 0);
    x.hand(6);
    x.finish();
    CHECK(x.is_drained());
  }
}
