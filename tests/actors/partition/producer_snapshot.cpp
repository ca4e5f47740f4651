// Opening a large log must not take long because of its producers: a snapshot
// spares most of the reading. A wrong one would lose or double records, so what
// is doubtful about it makes it void.
#include "actors/partition/producer_snapshot.hpp"

#include "tests/actors/partition/bench.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

const producer_snapshot sample{
  12, 3, {{7, 1, {{0, 2, 0, 2}, {3, 3, 9, 9}}}, {8, 0, {{5, 5, 10, 10}}}}};

/// The text of `sample`.
const char* golden = "troupe-producers 1\n"
                     "end 12\n"
                     "leader_epoch 3\n"
                     "producer 7 1\n"
                     "batch 0 2 0 2\n"
                     "batch 3 3 9 9\n"
                     "producer 8 0\n"
                     "batch 5 5 10 10\n"
                     "crc ";

constexpr const char* path = "messages-0/producers";

/// A log with one batch of producer 7, stopped cleanly.
void fill(bench& b) {
  b.open();
  b.append(batch_of({"a", "b"}, {7, 0, 0}));
  b.sys.ask<caf::ok_atom>(b.handle, stop_atom_v);
  b.sys.run();
  b.disk->kill();
}

/// Whether the partition takes `snapshot` for true: it claims that producer 7
/// is at sequence 99.
bool is_believed(bench& b, int64_t end, int32_t leader_epoch) {
  b.disk->set_content(path, encode(producer_snapshot{
                              end, leader_epoch, {{7, 0, {{99, 99, 0, 1}}}}}));
  b.open();
  return outcome(b.append(batch_of({"c"}, {7, 0, 100}))) == "ok";
}

} // namespace

TEST_CASE("a snapshot is read as it was written") {
  auto text = encode(sample);
  CHECK(text.substr(0, text.size() - 9) == golden);
  auto read = decode_producer_snapshot(text);
  REQUIRE(read);
  CHECK(*read == sample);
  CHECK(*decode_producer_snapshot(encode({})) == producer_snapshot{});
}

TEST_CASE("a damaged snapshot is not read, wherever the damage is") {
  auto text = encode(sample);
  for (size_t i = 0; i < text.size(); ++i) {
    CAPTURE(i);
    auto damaged = text;
    damaged[i] ^= 1;
    CHECK_FALSE(decode_producer_snapshot(damaged));
    CHECK_FALSE(decode_producer_snapshot(text.substr(0, i)));
  }
}

TEST_CASE("a table is the same after a snapshot") {
  producer_table table{10, sample.producers};
  CHECK(table.size() == 2);
  CHECK(table.all() == sample.producers);
  batch_header next;
  next.producer_id = 7;
  next.producer_epoch = 1;
  next.base_sequence = 4;
  next.base_offset = 11;
  table.add(next);
  CHECK(table.all().front().id == 8);
  CHECK(table.all().back().batches.size() == 3);
  // The one that was silent longest has no room.
  producer_table small{1, sample.producers};
  CHECK(small.all().front().id == 8);
}

TEST_CASE("a stop leaves a snapshot, and the next open uses it") {
  bench b;
  fill(b);
  auto left = decode_producer_snapshot(b.disk->content(path));
  REQUIRE(left);
  CHECK(left->end == 2);
  CHECK(left->producers.size() == 1);
  CHECK(is_believed(b, 2, 0));
}

TEST_CASE("a snapshot that may be of another log is void") {
  bench b;
  fill(b);
  SECTION("beyond the end") {
    CHECK_FALSE(is_believed(b, 3, 0));
  }
  SECTION("of an epoch that is not known") {
    CHECK_FALSE(is_believed(b, 2, 1));
  }
  SECTION("of an epoch that ended before") {
    b.open();
    b.append(batch_of({"x"}, {8, 0, 0}), acks::leader);
    b.kill();
    b.disk->crash();
    b.open();
    b.append(batch_of({"y"}, {9, 0, 0}));
    b.sys.ask<caf::ok_atom>(b.handle, stop_atom_v);
    b.sys.run();
    b.disk->kill();
    CHECK_FALSE(is_believed(b, 3, 0));
  }
}

TEST_CASE("what was appended after the snapshot is read from the log") {
  bench b;
  fill(b);
  b.open();
  auto later = batch_of({"c"}, {7, 0, 2});
  b.append(later);
  b.kill();
  b.disk->kill();
  CHECK(decode_producer_snapshot(b.disk->content(path))->end == 2);
  b.open();
  CHECK(b.append(later)->is_duplicate);
  CHECK(b.append(batch_of({"a", "b"}, {7, 0, 0}))->is_duplicate);
}

TEST_CASE("a segment's worth of appends makes a new snapshot") {
  bench b;
  b.config.topic.segment_bytes = 1000;
  b.open();
  for (int i = 0; i < 30; ++i)
    b.append(batch_of({std::to_string(i)}, {7, 0, i}));
  auto found = decode_producer_snapshot(b.disk->content(path));
  REQUIRE(found);
  CHECK(found->end > 10);
  b.kill();
  b.disk->crash();
  b.open();
  CHECK(b.append(batch_of({"29"}, {7, 0, 29}))->is_duplicate);
}

TEST_CASE("a damaged snapshot costs nothing but time") {
  bench b;
  fill(b);
  b.disk->set_content(path, "troupe-producers 1\nrubbish");
  b.open();
  CHECK(b.append(batch_of({"a", "b"}, {7, 0, 0}))->is_duplicate);
}
