// Compaction throws records away on purpose: of each key the last must stay, at
// its offset, whatever crashes in between, or positions of groups are lost.
#include <map>
#include <random>

#include "actors/protocol/compression.hpp"
#include "tests/actors/storage/log_fixture.hpp"

using namespace troupe;
using namespace troupe::storage;

namespace {

struct compaction_fixture : log_fixture {
  compaction_fixture() {
    settings.cleanup = cleanup_policy::compact;
    settings.segment_bytes = 600;
    settings.index_interval_bytes = 100;
    settings.tombstone_retention = std::chrono::hours{1};
  }

  /// Compacts until there is nothing to do; returns how many steps it took.
  int compact(int64_t now_ms = t0, size_t bytes_max = 1'000'000) {
    for (int steps = 1;; ++steps) {
      auto more = it->compact(now_ms, bytes_max);
      INFO((more ? std::string{} : what(more.error())));
      REQUIRE(more);
      if (!*more)
        return steps;
      REQUIRE(steps < 100'000);
    }
  }

  /// Closes the active segment by filling another one.
  void fill(std::string_view key = "filler") {
    auto count = it->segment_count();
    while (it->segment_count() < count + 2)
      append({keyed(key, "....................................")});
    REQUIRE_FALSE(sync());
  }

  /// What a reader that replays the log knows in the end.
  std::map<std::string, std::string> table() {
    std::map<std::string, std::string> result;
    for (const auto& x : read_from(it->start())) {
      if (x.content.value.is_null())
        result.erase(x.content.key.str());
      else
        result[x.content.key.str()] = x.content.value.str();
    }
    return result;
  }

  /// Offsets at which `key` is.
  std::vector<int64_t> offsets_of(std::string_view key) {
    std::vector<int64_t> result;
    for (const auto& x : read_from(it->start()))
      if (x.content.key.view() == key)
        result.push_back(x.offset);
    return result;
  }
};

/// Appends records of few keys as a seed says; returns the table.
std::map<std::string, std::string> churn(compaction_fixture& x,
                                         std::mt19937_64& random, int batches) {
  auto table = x.table();
  for (int i = 0; i < batches; ++i) {
    std::vector<record> records;
    for (auto n = 1 + random() % 4; n > 0; --n) {
      auto key = "key" + std::to_string(random() % 12);
      if (random() % 5 == 0) {
        records.push_back(keyed(key, nullptr));
        table.erase(key);
      } else {
        auto value = std::to_string(random() % 100'000);
        records.push_back(keyed(key, value.c_str()));
        table[key] = value;
      }
    }
    x.append(records);
  }
  return table;
}

} // namespace

TEST_CASE_METHOD(compaction_fixture,
                 "of each key the last record stays, at its "
                 "offset") {
  open();
  append({keyed("a", "1"), keyed("b", "1"), keyed("a", "2")});
  append({keyed("b", "2"), keyed("c", "1")});
  append({keyed("a", "3")});
  fill();
  auto end = it->end();
  auto before = it->size_bytes();
  compact();
  CHECK(it->size_bytes() < before);
  CHECK(it->end() == end);
  CHECK(it->start() == 0);
  CHECK(offsets_of("a") == std::vector<int64_t>{5});
  CHECK(offsets_of("b") == std::vector<int64_t>{3});
  CHECK(offsets_of("c") == std::vector<int64_t>{4});
  auto table_before = table();
  reopen();
  CHECK(table() == table_before);
  CHECK(it->end() == end);
}

TEST_CASE_METHOD(compaction_fixture, "nothing is done under the other policy, "
                                     "for an empty log, or twice") {
  open();
  CHECK(compact() == 1);
  for (int i = 0; i < 30; ++i)
    append({keyed("a", "1")});
  REQUIRE_FALSE(sync());
  settings.cleanup = cleanup_policy::remove;
  it->configure(settings);
  CHECK(compact() == 1);
  CHECK(offsets_of("a").size() == 30);
  settings.cleanup = cleanup_policy::compact;
  it->configure(settings);
  CHECK(compact() > 1);
  CHECK(offsets_of("a").size() < 10);
  CHECK(compact() == 1);
}

TEST_CASE_METHOD(compaction_fixture, "what is not synced replaces nothing") {
  open();
  append({keyed("a", "old")});
  fill();
  append({keyed("a", "new")});
  auto count = it->segment_count();
  while (it->segment_count() < count + 2)
    append({keyed("filler", "....................................")});
  compact();
  disk->crash();
  open();
  CHECK(table()["a"] == "old");
}

TEST_CASE_METHOD(compaction_fixture, "a tombstone goes after its time, not "
                                     "before") {
  open();
  append({keyed("a", "1")});
  append({keyed("a", nullptr)});
  fill();
  compact(t0);
  CHECK(offsets_of("a") == std::vector<int64_t>{1});
  fill();
  compact(t0 + 3'599'000);
  CHECK(offsets_of("a") == std::vector<int64_t>{1});
  // Without anything new, only because its time has come; after a restart.
  reopen();
  compact(t0 + 3'600'000);
  CHECK(offsets_of("a").empty());
}

TEST_CASE_METHOD(compaction_fixture, "a tombstone's timestamp is left alone") {
  open();
  append({keyed("a", nullptr, t0 + 77)});
  fill();
  compact();
  auto all = read_from(0);
  REQUIRE_FALSE(all.empty());
  CHECK(all.front().content.timestamp_ms == t0 + 77);
  CHECK(*it->find_time(t0 + 77) == offset_and_time{0, t0 + 77});
}

TEST_CASE_METHOD(compaction_fixture, "records without key stay") {
  open();
  append("no key");
  append("no key either");
  fill();
  compact();
  CHECK(values_from(0).front() == "no key");
  CHECK(read_from(1).front().offset == 1);
}

TEST_CASE_METHOD(compaction_fixture, "control batches stay") {
  open();
  auto control = make_batch({keyed("a", "commit")});
  control.header.attributes = batch_header::control;
  control.header.crc = checksum_of(control);
  REQUIRE(it->append(control, t0));
  append({keyed("a", "3")});
  fill();
  compact();
  auto batches = it->read(0, 1'000'000);
  REQUIRE(batches);
  REQUIRE(batches->size() >= 2);
  CHECK(batches->at(0).header.is_control());
}

TEST_CASE_METHOD(compaction_fixture, "what is left of a compressed batch is "
                                     "compressed with the same codec") {
  settings.segment_bytes = 4000;
  open();
  std::string value(200, 'v');
  auto codecs = {codec::gzip, codec::snappy, codec::lz4, codec::zstd};
  for (auto how : codecs) {
    std::vector<record> records;
    for (int i = 0; i < 20; ++i)
      records.push_back(
        keyed("key" + std::to_string(i),
              (value + to_string(how) + std::to_string(i)).c_str(), t0 + i));
    // The odd ones are of other keys with each codec, so that they stay.
    for (size_t i = 1; i < records.size(); i += 2)
      records[i].key = text(to_string(how) + records[i].key.str());
    auto batch = compress_batch(make_batch(records), {how});
    REQUIRE(batch.header.codec() == static_cast<int>(how));
    REQUIRE(it->append(batch, t0));
  }
  append({keyed("key0", nullptr)});
  fill();
  auto before = table();
  compact();
  CHECK(table() == before);
  CHECK(offsets_of("key2") == std::vector<int64_t>{62});
  CHECK(offsets_of("key0") == std::vector<int64_t>{80});
  CHECK(offsets_of("gzipkey1") == std::vector<int64_t>{1});
  auto batches = it->read(0, 1'000'000);
  REQUIRE(batches);
  REQUIRE(batches->size() >= 4);
  for (size_t i = 0; i < 4; ++i) {
    auto& header = batches->at(i).header;
    CHECK(header.codec() == static_cast<int>(i) + 1);
    CHECK(header.record_count == (i < 3 ? 10 : 19));
    CHECK(header.last_offset() == 20 * static_cast<int64_t>(i) + 19);
  }
  // Times are found within them.
  CHECK(*it->find_time(t0 + 17) == offset_and_time{17, t0 + 17});
  // Nothing of them is left in the end.
  reopen();
  CHECK(table() == before);
}

TEST_CASE_METHOD(compaction_fixture,
                 "a producer's last batch keeps its header, "
                 "even without records") {
  open();
  for (int32_t sequence = 0; sequence < 4; ++sequence) {
    auto batch = make_batch({keyed("a", "1")}, {77, 1, sequence});
    REQUIRE(it->append(batch, t0));
  }
  append({keyed("a", "2")});
  fill();
  compact();
  auto batches = it->read(0, 1'000'000);
  REQUIRE(batches);
  std::vector<int32_t> sequences;
  for (const auto& x : *batches)
    if (x.header.producer_id == 77)
      sequences.push_back(x.header.base_sequence);
  CHECK(sequences == std::vector<int32_t>{3});
  CHECK(batches->front().header.record_count == 0);
  CHECK(batches->front().header.last_offset() == 3);
}

TEST_CASE_METHOD(compaction_fixture, "a reader gets from every offset to the "
                                     "end") {
  open();
  for (int i = 0; i < 200; ++i)
    append({keyed("same", std::to_string(i).c_str())});
  REQUIRE_FALSE(sync());
  compact();
  for (int64_t offset = 0; offset <= 200; ++offset) {
    auto records = read_from(offset);
    if (offset < 200)
      CHECK(records.back().offset == 199);
  }
}

TEST_CASE_METHOD(compaction_fixture, "small segments become one") {
  open();
  for (int i = 0; i < 400; ++i)
    append({keyed("same", "a value of some length")});
  REQUIRE_FALSE(sync());
  auto before = it->segment_count();
  CHECK(before > 40);
  compact();
  for (int i = 0; i < 200; ++i)
    append({keyed("same", "a value of some length")});
  REQUIRE_FALSE(sync());
  compact();
  CHECK(it->segment_count() < before / 4);
  reopen();
  CHECK(table().size() == 1);
}

TEST_CASE_METHOD(compaction_fixture,
                 "work is done in steps, and appends, reads "
                 "and deletions go on between") {
  open();
  std::mt19937_64 random{5};
  auto expected = churn(*this, random, 300);
  REQUIRE_FALSE(sync());
  int steps = 0;
  for (;;) {
    auto more = it->compact(t0, 200);
    REQUIRE(more);
    if (!*more)
      break;
    ++steps;
    if (steps % 10 == 0) {
      expected = churn(*this, random, 1);
      CHECK(table() == expected);
    }
    REQUIRE(steps < 10'000);
  }
  CHECK(steps > 50);
  CHECK(table() == expected);
  REQUIRE(*it->compact(t0 + 4'000'000, 1));
  REQUIRE_FALSE(it->delete_before(it->end() - 1));
  compact(t0 + 4'000'000);
  CHECK(read_from(it->end() - 1).size() == 1);
}

TEST_CASE("a crash at any step of compaction loses no key") {
  // A crash that forgets all that was not synced, and ones that keep a part.
  for (uint64_t seed = 0; seed < 4; ++seed)
    for (uint64_t step = 0; step < 120; ++step) {
      std::mt19937_64 random{seed * 1000 + step};
      compaction_fixture x;
      x.open();
      auto expected = churn(x, random, 60);
      REQUIRE_FALSE(x.sync());
      x.disk->stop_after(step);
      auto now_ms = t0;
      for (;;) {
        auto more = x.it->compact(now_ms, 500);
        if (!more || !*more)
          break;
      }
      if (seed == 0)
        x.disk->crash();
      else
        x.disk->crash(random);
      x.open();
      INFO("seed " << seed << ", step " << step);
      CHECK(x.table() == expected);
      CHECK(x.names(".new").empty());
      x.compact(now_ms);
      // And once more, until the tombstones are gone, too.
      x.fill("key0");
      expected["key0"] = "....................................";
      x.compact(now_ms);
      x.compact(now_ms + 10'000'000);
      CHECK(x.table() == expected);
    }
}

TEST_CASE_METHOD(compaction_fixture, "a full disk stops compaction, not the "
                                     "log") {
  open();
  std::mt19937_64 random{1};
  auto expected = churn(*this, random, 100);
  REQUIRE_FALSE(sync());
  disk->set_capacity(disk->used_bytes() + 50);
  for (;;) {
    auto more = it->compact(t0, 1'000'000);
    if (!more) {
      CHECK(code_of(more.error()) == ec::storage_full);
      break;
    }
    REQUIRE(*more);
  }
  CHECK(names(".new").empty());
  CHECK(table() == expected);
  disk->set_capacity(UINT64_MAX);
  compact();
  CHECK(table() == expected);
}
