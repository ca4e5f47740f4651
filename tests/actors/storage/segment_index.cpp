// An index only saves work: missing, damaged or of another segment, it is made
// anew and never leads to a wrong record.
#include "actors/storage/segment_index.hpp"

#include "tests/actors/storage/log_fixture.hpp"

using namespace troupe;
using namespace troupe::storage;

namespace {

segment_index sample() {
  segment_index x{100, t0};
  for (int64_t i = 0; i < 10; ++i) {
    auto batch =
      make_batch({keyed("k", "v", t0 + (i == 3 ? 50 : i))}, {}, 100 + i);
    x.add(batch, batch.encoded_bytes() * 2);
  }
  return x;
}

struct index_fixture : log_fixture {
  index_fixture() {
    settings.segment_bytes = 3000;
    settings.index_interval_bytes = 200;
  }
};

} // namespace

TEST_CASE("an index has an entry each interval and finds by bisection") {
  auto x = sample();
  CHECK(x.entries().size() == 5);
  CHECK(x.about().end == 110);
  CHECK(x.about().max_timestamp_ms == t0 + 50);
  CHECK(x.find_offset(99).offset == -1);
  CHECK(x.find_offset(100).offset == 100);
  CHECK(x.find_offset(101).offset == 100);
  CHECK(x.find_offset(105).offset == 104);
  CHECK(x.find_offset(1000).offset == 108);
  CHECK(x.find_time(t0).offset == 100);
  CHECK(x.find_time(t0 + 2).offset == 102);
  CHECK(x.find_time(t0 + 50).offset == 102);
  CHECK(x.find_time(t0 + 51).offset == 108);
}

TEST_CASE("an index survives its file, and only its own segment's") {
  auto x = sample();
  segment_name name{100, -1};
  auto content = x.encode(name);
  auto again = segment_index::decode(content, name, x.about().bytes);
  REQUIRE(again);
  CHECK(*again == x);
  CHECK_FALSE(segment_index::decode(content, name, x.about().bytes + 1));
  CHECK_FALSE(segment_index::decode(content, {100, 110}, x.about().bytes));
  for (size_t i = 0; i < content.size(); ++i) {
    auto damaged = content;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    CHECK_FALSE(segment_index::decode(damaged, name, x.about().bytes));
    CHECK_FALSE(
      segment_index::decode(content.substr(0, i), name, x.about().bytes));
  }
}

TEST_CASE_METHOD(index_fixture, "missing and damaged indexes are made anew") {
  open();
  append_many(0, 200);
  REQUIRE_FALSE(it->close());
  auto all = names(".index");
  REQUIRE(all.size() > 3);
  for (const auto& name : all)
    SECTION("missing " + name) {
      REQUIRE_FALSE(disk->remove(path(name)));
    }
  SECTION("all damaged") {
    for (const auto& name : all)
      disk->set_content(path(name), "garbage");
  }
  SECTION("all mixed up") {
    for (const auto& name : all)
      disk->set_content(path(name), disk->content(path(all.front())));
  }
  open();
  CHECK_FALSE(it->recovery().was_unclean);
  for (int64_t i = 0; i < 200; ++i)
    CHECK(it->read(i, 1)->front().header.base_offset == i);
  CHECK(*it->find_time(t0 + 150) == offset_and_time{150, t0 + 150});
  CHECK(it->recovery().indexes_rebuilt >= 1);
  append_many(200, 201);
  CHECK(values_from(0).size() == 201);
}

TEST_CASE_METHOD(index_fixture,
                 "an intact index that tells wrong is found out") {
  open();
  append_many(0, 30);
  REQUIRE_FALSE(it->close());
  segment_name name{0, -1};
  auto log_path = path(log_file_name(name));
  auto bytes = disk->content(log_path).size();
  // As long as the segment, but with other batches in it.
  segment_index wrong{0, t0};
  uint64_t covered = 0;
  for (int64_t i = 0; covered < bytes; ++i) {
    auto batch = make_batch({keyed("k", "v")}, {}, i);
    auto fits = batch.encoded_bytes() * 2 <= bytes - covered;
    if (!fits)
      batch = make_batch(
        {keyed("k", std::string(bytes - covered, 'x').c_str())}, {}, i);
    while (batch.encoded_bytes() > bytes - covered)
      batch.records = batch.records.slice(0, batch.records.size() - 1);
    covered += batch.encoded_bytes();
    wrong.add(batch, 1);
  }
  REQUIRE(wrong.about().bytes == bytes);
  disk->set_content(path(index_file_name(name)), wrong.encode(name));
  open();
  for (int64_t i = 0; i < 30; ++i) {
    auto batches = it->read(i, 1);
    REQUIRE(batches);
    CHECK(batches->front().header.base_offset == i);
  }
  CHECK(it->recovery().indexes_rebuilt == 1);
}
