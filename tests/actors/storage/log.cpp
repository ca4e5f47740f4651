// The log is where records live: what was appended is read back, in order, at
// its offset, whatever segments and indexes do underneath.
#include "actors/storage/log.hpp"

#include "tests/actors/storage/log_fixture.hpp"

using namespace troupe;
using namespace troupe::storage;

TEST_CASE_METHOD(log_fixture, "a new log is empty and costs no file") {
  open();
  CHECK(it->start() == 0);
  CHECK(it->end() == 0);
  CHECK(it->synced_end() == 0);
  CHECK(it->leader_epoch() == 0);
  CHECK(it->size_bytes() == 0);
  CHECK(it->read(0, 100)->empty());
  CHECK(it->find_time(0) == offset_and_time{0, -1});
  CHECK(it->to_sync().files.empty());
  CHECK_FALSE(it->recovery().was_unclean);
  CHECK_FALSE(it->close());
  CHECK(disk->list(directory)->empty());
  CHECK(disk->sync_count() == 0);
}

TEST_CASE_METHOD(log_fixture, "records are read at the offsets they got") {
  open();
  for (int i = 0; i < 10; ++i) {
    auto batch =
      make_batch({keyed("a", "1"), keyed("b", "2"), keyed("c", "3")});
    auto base = it->append(batch, t0);
    REQUIRE(base);
    CHECK(*base == i * 3);
    CHECK(batch.header.base_offset == i * 3);
  }
  CHECK(it->end() == 30);
  auto all = read_from(0);
  REQUIRE(all.size() == 30);
  for (int64_t i = 0; i < 30; ++i)
    CHECK(all[static_cast<size_t>(i)].offset == i);
  // From the middle of a batch its whole batch comes.
  auto middle = it->read(16, 1);
  REQUIRE(middle);
  REQUIRE(middle->size() == 1);
  CHECK(middle->front().header.base_offset == 15);
  CHECK(middle->front().header.leader_epoch == it->leader_epoch());
}

TEST_CASE_METHOD(log_fixture, "a read keeps to its bytes, but for one batch") {
  open();
  append_many(0, 100);
  auto one = it->read(0, 1);
  REQUIRE(one);
  REQUIRE(one->size() == 1);
  auto size = one->front().encoded_bytes();
  CHECK(it->read(0, size * 3 - 1)->size() == 2);
  CHECK(it->read(0, size * 3)->size() == 3);
  append(std::string(100'000, 'x'));
  CHECK(it->read(100, 1)->size() == 1);
  CHECK(it->read(it->end(), 1)->empty());
}

TEST_CASE_METHOD(log_fixture, "offsets outside of the log are refused") {
  open();
  append_many(0, 5);
  CHECK(code_of(it->read(6, 1).error()) == ec::offset_out_of_range);
  CHECK(code_of(it->read(-1, 1).error()) == ec::offset_out_of_range);
  REQUIRE_FALSE(it->delete_before(3));
  CHECK(what(it->read(2, 1).error())
        == "offset_out_of_range: offset 2 is not in the log, which has 3 to 5");
}

TEST_CASE_METHOD(log_fixture, "segments are closed by size and by age") {
  settings.segment_bytes = 500;
  open();
  append_many(0, 50);
  CHECK(it->segment_count() > 5);
  CHECK(values_from(0).size() == 50);
  auto before = it->segment_count();
  append("old", t0 + settings.segment_age.count() + 1000);
  CHECK(it->segment_count() == before + 1);
  CHECK(values_from(0).back() == "old");
}

TEST_CASE_METHOD(log_fixture, "an old timestamp alone closes no segment") {
  open();
  for (int i = 0; i < 10; ++i)
    append({keyed("k", "v", 1000)}, t0);
  CHECK(it->segment_count() == 1);
}

TEST_CASE_METHOD(log_fixture, "the first record at or after a time is found") {
  settings.segment_bytes = 2000;
  settings.index_interval_bytes = 200;
  open();
  // Every tenth is late: timestamps do not ascend.
  for (int i = 0; i < 200; ++i)
    append("v", i % 10 == 9 ? t0 : t0 + i * 10);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i <= 2000; i += 7) {
      auto expected = offset_and_time{200, -1};
      for (int k = 0; k < 200; ++k)
        if (k % 10 != 9 && k * 10 >= i) {
          expected = {k, t0 + k * 10};
          break;
        }
      CHECK(*it->find_time(t0 + i) == expected);
    }
    CHECK(*it->find_time(0) == offset_and_time{0, t0});
    reopen();
  }
  // Records below the start do not count.
  REQUIRE_FALSE(it->delete_before(51));
  CHECK(*it->find_time(t0 + 20) == offset_and_time{51, t0 + 510});
}

TEST_CASE_METHOD(log_fixture,
                 "within a batch the record of the time is found") {
  open();
  append(
    {keyed("a", "1", t0), keyed("b", "2", t0 + 10), keyed("c", "3", t0 + 5)});
  CHECK(*it->find_time(t0 + 1) == offset_and_time{1, t0 + 10});
  CHECK(*it->find_time(t0 + 10) == offset_and_time{1, t0 + 10});
  CHECK(*it->find_time(t0 + 11) == offset_and_time{3, -1});
}

TEST_CASE_METHOD(log_fixture, "within a compressed batch, too") {
  open();
  std::vector<record> records;
  for (int i = 0; i < 50; ++i)
    records.push_back(keyed("k", "always the same value", t0 + 10 * i));
  auto how = GENERATE(codec::gzip, codec::snappy, codec::lz4, codec::zstd);
  auto batch = compress_batch(make_batch(records), {how});
  REQUIRE(batch.header.codec() != 0);
  REQUIRE(it->append(batch, t0));
  CHECK(*it->find_time(t0 + 321) == offset_and_time{33, t0 + 330});
  REQUIRE_FALSE(it->delete_before(40));
  CHECK(*it->find_time(t0) == offset_and_time{40, t0 + 400});
  CHECK(read_from(40).size() == 10);
  // After a crash, too: recovery looks at headers and checksums only.
  REQUIRE_FALSE(sync());
  disk->crash();
  open();
  CHECK(it->end() == 50);
  CHECK(*it->find_time(t0 + 451) == offset_and_time{46, t0 + 460});
}

TEST_CASE_METHOD(log_fixture, "settings change while the log is open") {
  open();
  append_many(0, 10);
  settings.segment_bytes = 1;
  it->configure(settings);
  append_many(10, 13);
  CHECK(it->segment_count() == 4);
  CHECK(values_from(0).size() == 13);
}

TEST_CASE_METHOD(log_fixture, "syncs tell up to where the log is durable") {
  settings.segment_bytes = 300;
  open();
  append_many(0, 10);
  CHECK(it->synced_end() == 0);
  auto job = it->to_sync();
  CHECK(job.up_to == 10);
  append_many(10, 12);
  for (const auto& f : job.files)
    REQUIRE_FALSE(f->sync());
  it->synced(job.up_to);
  CHECK(it->synced_end() == 10);
  disk->crash();
  open();
  CHECK(it->end() >= 10);
  CHECK(values_from(0).size() == static_cast<size_t>(it->end()));
}

TEST_CASE_METHOD(log_fixture, "a full disk leaves the log as it was") {
  open();
  append_many(0, 3);
  auto size = it->size_bytes();
  for (uint64_t room = 0; room < 80; room += 7) {
    disk->set_capacity(disk->used_bytes() + room);
    CHECK(code_of(try_append({keyed("key", "a value")})) == ec::storage_full);
    CHECK(it->end() == 3);
    CHECK(it->size_bytes() == size);
  }
  disk->set_capacity(UINT64_MAX);
  append_many(3, 5);
  reopen();
  CHECK_FALSE(it->recovery().was_unclean);
  CHECK(values_from(0).size() == 5);
}

TEST_CASE_METHOD(log_fixture, "a disk that is full from the first append on") {
  open();
  disk->set_capacity(0);
  CHECK(code_of(try_append({keyed("k", "v")})) == ec::storage_full);
  disk->set_capacity(UINT64_MAX);
  append_many(0, 2);
  CHECK(values_from(0).size() == 2);
}

TEST_CASE_METHOD(log_fixture,
                 "a disk that fills up while a segment is closed") {
  settings.segment_bytes = 300;
  open();
  append_many(0, 20);
  disk->set_capacity(disk->used_bytes());
  for (int i = 0; i < 5; ++i)
    CHECK(code_of(try_append({keyed("k", "v")})) == ec::storage_full);
  disk->set_capacity(UINT64_MAX);
  append_many(20, 40);
  CHECK(values_from(0).size() == 40);
  reopen();
  CHECK_FALSE(it->recovery().was_unclean);
  CHECK(values_from(0).size() == 40);
}

TEST_CASE_METHOD(log_fixture, "after a failed write nothing more is taken") {
  open();
  append_many(0, 3);
  disk->fail_appends(true);
  CHECK(code_of(try_append({keyed("k", "v")})) == ec::storage_failed);
  disk->fail_appends(false);
  CHECK(code_of(try_append({keyed("k", "v")})) == ec::storage_failed);
  CHECK(it->close());
  open();
  CHECK(it->recovery().was_unclean);
  CHECK(values_from(0).size() == 3);
  append_many(3, 4);
}

TEST_CASE_METHOD(log_fixture, "after a failed sync nothing counts as durable "
                              "until the log is opened and written anew") {
  open();
  append_many(0, 3);
  REQUIRE_FALSE(sync());
  append_many(3, 6);
  // Nor may it be taken for durable when the disk has no room to say so.
  auto is_full = GENERATE(false, true);
  if (is_full)
    disk->set_capacity(1);
  disk->fail_syncs(true);
  CHECK(sync());
  CHECK(it->synced_end() == 3);
  CHECK(names("state").empty());
  CHECK(code_of(try_append({keyed("k", "v")})) == ec::storage_failed);
  CHECK(code_of(it->close()) == ec::storage_failed);
  disk->end_faults();
  open();
  CHECK(it->recovery().was_unclean);
  CHECK(it->synced_end() == 6);
  CHECK(names("suspect").empty());
  // What it calls durable now is: the kernel had given up on those bytes.
  disk->crash();
  open();
  CHECK(values_from(0).size() == 6);
}

TEST_CASE_METHOD(log_fixture, "nor when the sync that failed was recovery's") {
  open();
  append_many(0, 3);
  disk->kill();
  disk->fail_syncs(true);
  CHECK(code_of(try_open()) == ec::storage_failed);
  disk->fail_syncs(false);
  open();
  CHECK(it->synced_end() == 3);
  disk->crash();
  open();
  CHECK(values_from(0).size() == 3);
}

TEST_CASE_METHOD(log_fixture, "a closed log takes nothing more") {
  open();
  append_many(0, 1);
  CHECK_FALSE(it->close());
  CHECK_FALSE(it->close());
  CHECK(code_of(try_append({keyed("k", "v")})) == ec::shutting_down);
  CHECK(values_from(0).size() == 1);
}

TEST_CASE_METHOD(log_fixture, "leader epochs begin where the log ends") {
  open();
  append_many(0, 5);
  REQUIRE_FALSE(it->begin_epoch(4));
  CHECK(it->leader_epoch() == 4);
  append_many(5, 8);
  REQUIRE_FALSE(it->begin_epoch(2));
  CHECK(it->leader_epoch() == 4);
  CHECK(it->read(5, 1)->front().header.leader_epoch == 4);
  CHECK(it->end_of_epoch(0) == epoch_start{0, 5});
  CHECK(it->end_of_epoch(3) == epoch_start{0, 5});
  CHECK(it->end_of_epoch(4) == epoch_start{4, 8});
  CHECK(it->end_of_epoch(9) == epoch_start{4, 8});
  reopen();
  CHECK(it->leader_epoch() == 4);
  CHECK(it->epochs() == std::vector<epoch_start>{{0, 0}, {4, 5}});
}

TEST_CASE_METHOD(log_fixture, "many segments keep few files open") {
  settings.segment_bytes = 100;
  open();
  append_many(0, 200);
  REQUIRE_FALSE(sync());
  CHECK(it->segment_count() > 90);
  CHECK(values_from(0).size() == 200);
  CHECK(it->to_sync().files.empty());
}
