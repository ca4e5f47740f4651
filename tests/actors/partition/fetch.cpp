// Readers follow the log by waiting at it. They must be woken when there is
// something, told when their place is gone, and cost nothing while they wait.
#include "tests/actors/partition/bench.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

using values = std::vector<std::string>;

TEST_CASE("a fetch answers at once when there is something") {
  bench b;
  b.open();
  b.append(batch_of({"a", "b"}));
  b.append(batch_of({"c"}));
  auto all = b.fetch({.offset = 0, .wait_max = 10s});
  REQUIRE(all);
  CHECK(all->status == fetch_status::ok);
  CHECK(values_of(all->batches) == values{"a", "b", "c"});
  CHECK(all->high_watermark == 3);
  CHECK(all->log_start == 0);
  CHECK(all->log_end == 3);
  // The batch that holds the offset comes whole.
  CHECK(values_of(b.fetch({.offset = 1})->batches) == values{"a", "b", "c"});
  CHECK(values_of(b.fetch({.offset = 2})->batches) == values{"c"});
  // One batch at least, however small the bound.
  CHECK(values_of(b.fetch({.offset = 0, .bytes_max = 1})->batches)
        == values{"a", "b"});
  CHECK(b.fetch({.offset = 3})->batches.empty());
}

TEST_CASE("readers at the tail share the producer's buffer") {
  bench b;
  b.open();
  auto sent = batch_of({"a"});
  b.append(sent);
  auto found = b.fetch({.offset = 0});
  REQUIRE(found->batches.size() == 1);
  CHECK(found->batches[0].records.data() == sent.records.data());
}

TEST_CASE("what is no longer in memory comes from the disk") {
  bench b;
  b.config.limits.tail_bytes = 100;
  b.open();
  values expected;
  for (int i = 0; i < 50; ++i) {
    expected.push_back(std::to_string(i));
    b.append(batch_of({expected.back()}));
  }
  CHECK(stored(b) == expected);
}

TEST_CASE("a fetch waits for the first record") {
  bench b;
  b.open();
  auto answer = b.fetch_later({.offset = 0, .wait_max = 10s});
  b.sys.advance(9s);
  CHECK_FALSE(*answer);
  CHECK(b.status().waiting_fetches == 1);
  b.append(batch_of({"a"}));
  REQUIRE(*answer);
  CHECK(values_of((**answer)->batches) == values{"a"});
  CHECK(b.status().waiting_fetches == 0);
}

TEST_CASE("a fetch waits for the bytes that it wants") {
  bench b;
  b.open();
  auto batch = batch_of({"a"});
  auto bytes = batch.encoded_bytes();
  b.append(batch);
  // One more batch makes it enough.
  auto answer =
    b.fetch_later({.offset = 0, .bytes_min = bytes + 1, .wait_max = 10s});
  auto patient =
    b.fetch_later({.offset = 0, .bytes_min = 4 * bytes, .wait_max = 10s});
  b.sys.run();
  CHECK_FALSE(*answer);
  b.append(batch);
  REQUIRE(*answer);
  CHECK((**answer)->batches.size() == 2);
  CHECK_FALSE(*patient);
  b.append(batch);
  CHECK_FALSE(*patient);
  b.append(batch);
  REQUIRE(*patient);
  CHECK((**patient)->batches.size() == 4);
}

TEST_CASE("more than can be sent is enough") {
  bench b;
  b.open();
  auto batch = batch_of({"a"});
  auto bytes = batch.encoded_bytes();
  b.append(batch);
  b.append(batch);
  // A second whole batch does not fit, so waiting would be of no use.
  auto before = b.sys.now_ms();
  auto found = b.fetch({.offset = 0,
                        .bytes_max = bytes + bytes / 2,
                        .bytes_min = bytes + bytes / 2,
                        .wait_max = 10s});
  CHECK(found->batches.size() == 1);
  CHECK(b.sys.now_ms() == before);
}

TEST_CASE("a wait ends at its time, with what there is") {
  bench b;
  b.open();
  b.append(batch_of({"a"}));
  auto little =
    b.fetch_later({.offset = 0, .bytes_min = 1 * mib, .wait_max = 5s});
  auto nothing = b.fetch_later({.offset = 1, .wait_max = 3s});
  b.sys.advance(2999ms);
  CHECK_FALSE(*nothing);
  b.sys.advance(1ms);
  REQUIRE(*nothing);
  CHECK((**nothing)->batches.empty());
  CHECK((**nothing)->status == fetch_status::ok);
  CHECK_FALSE(*little);
  b.sys.advance(2s);
  REQUIRE(*little);
  CHECK(values_of((**little)->batches) == values{"a"});
}

TEST_CASE("any number of waits share one timer, none needs none") {
  bench b;
  b.open();
  CHECK(b.timers() == 0);
  std::vector<later<fetch_result>> answers;
  for (int i = 0; i < 500; ++i)
    answers.push_back(b.fetch_later(
      {.offset = 0, .wait_max = 1s + std::chrono::milliseconds{i}}));
  b.sys.run();
  CHECK(b.status().waiting_fetches == 500);
  CHECK(b.timers() == 1);
  b.sys.advance(1s + 250ms);
  CHECK(b.status().waiting_fetches == 249);
  CHECK(b.timers() == 1);
  b.sys.advance(10s);
  CHECK(b.status().waiting_fetches == 0);
  CHECK(b.timers() == 0);
}

TEST_CASE("short waits beside a long one leave no timers behind") {
  bench b;
  b.open();
  b.fetch_later({.offset = 0, .wait_max = 60s});
  for (int i = 0; i < 100; ++i) {
    b.fetch_later({.offset = 0, .wait_max = 10ms});
    b.sys.advance(20ms);
  }
  CHECK(b.timers() == 1);
  CHECK(b.status().waiting_fetches == 1);
}

TEST_CASE("the waiting room has its bound") {
  bench b;
  b.config.limits.waiting_fetches_max = 2;
  b.open();
  b.fetch_later({.offset = 0, .wait_max = 10s});
  b.fetch_later({.offset = 0, .wait_max = 10s});
  b.sys.run();
  CHECK(outcome(b.fetch({.offset = 0, .wait_max = 10s})) == "queue_full");
  // Who does not wait is served.
  CHECK(outcome(b.fetch({.offset = 0})) == "ok");
  b.sys.advance(10s);
  CHECK(outcome(b.fetch({.offset = 0, .wait_max = 1s})) == "ok");
}

TEST_CASE("a place that is gone is told, and does not wait") {
  bench b;
  b.config.topic.segment_bytes = 200;
  b.config.topic.retention_bytes = 400;
  b.config.limits.upkeep_interval = 30s;
  b.open();
  for (int i = 0; i < 20; ++i)
    b.append(batch_of({std::to_string(i)}));
  b.sys.advance(30s);
  auto start = b.status().log_start;
  CHECK(start > 0);
  CHECK(b.status().size_bytes < 1000);
  auto below = b.fetch({.offset = 0, .wait_max = 10s});
  REQUIRE(below);
  CHECK(below->status == fetch_status::below_start);
  CHECK(below->log_start == start);
  CHECK(below->batches.empty());
  auto above = b.fetch({.offset = 21, .wait_max = 10s});
  REQUIRE(above);
  CHECK(above->status == fetch_status::above_end);
  CHECK(above->log_end == 20);
}

TEST_CASE("a position on records that a power cut took diverges") {
  bench b;
  b.open();
  b.append(batch_of({"a"}), acks::all);
  b.append(batch_of({"b"}), acks::leader);
  b.append(batch_of({"c"}), acks::leader);
  b.kill();
  b.disk->crash();
  b.open();
  // Other records take the offsets that were read before.
  b.append(batch_of({"x", "y", "z"}));
  auto found = b.fetch({.offset = 3, .wait_max = 10s, .last_epoch = 0});
  REQUIRE(found);
  CHECK(found->status == fetch_status::diverged);
  CHECK(found->diverging_end == 1);
  CHECK(found->batches.empty());
  // A position below the cut goes on.
  auto fine = b.fetch({.offset = 1, .last_epoch = 0});
  CHECK(fine->status == fetch_status::ok);
  CHECK(values_of(fine->batches) == values{"x", "y", "z"});
  CHECK(b.fetch({.offset = 4, .last_epoch = 1})->status == fetch_status::ok);
  // An epoch from the future: this log is not the one that it was.
  auto future = b.fetch({.offset = 2, .last_epoch = 9});
  CHECK(future->status == fetch_status::diverged);
  auto end = b.sys.ask<epoch_end>(b.handle, epoch_atom_v, int32_t{0});
  REQUIRE(end);
  CHECK(end->epoch == 0);
  CHECK(end->end_offset == 1);
}

TEST_CASE("offsets are found by name and by time") {
  bench b;
  b.open();
  for (int64_t time : {1000, 2000, 3000}) {
    std::vector<record> records{{bytes{}, bytes{"v"}, {}, time}};
    b.append(make_batch(records));
  }
  auto find = [&](offset_query::kind what, int64_t time = -1) {
    return *b.sys.ask<offset_answer>(b.handle, offset_atom_v,
                                     offset_query{what, time});
  };
  using kind = offset_query::kind;
  CHECK(find(kind::earliest).offset == 0);
  CHECK(find(kind::latest).offset == 3);
  CHECK(find(kind::latest).high_watermark == 3);
  CHECK(find(kind::timestamp, 1500).offset == 1);
  CHECK(find(kind::timestamp, 1500).timestamp_ms == 2000);
  CHECK(find(kind::timestamp, 3000).offset == 2);
  CHECK(find(kind::timestamp, 3001).offset == 3);
  CHECK(find(kind::timestamp, 3001).timestamp_ms == -1);
  auto time_of = [&](int64_t offset) {
    return b.sys
      .ask<offset_answer>(b.handle, offset_atom_v,
                          offset_query{kind::record, -1, offset})
      ->timestamp_ms;
  };
  CHECK(time_of(0) == 1000);
  CHECK(time_of(2) == 3000);
  CHECK(time_of(-7) == 1000);
  CHECK(time_of(3) == -1);
  CHECK(time_of(99) == -1);
}

TEST_CASE("the answer names the epoch of the offset") {
  bench b;
  b.open();
  b.append(batch_of({"a"}));
  b.kill();
  b.disk->kill();
  b.open();
  b.append(batch_of({"b"}));
  auto first = b.sys.ask<offset_answer>(
    b.handle, offset_atom_v, offset_query{offset_query::kind::earliest, -1});
  auto last = b.sys.ask<offset_answer>(
    b.handle, offset_atom_v, offset_query{offset_query::kind::latest, -1});
  CHECK(first->leader_epoch == 0);
  CHECK(last->leader_epoch == 1);
}

TEST_CASE("compaction runs in steps, and readers see its gaps as the log has "
          "them") {
  bench b;
  b.config.topic.cleanup = cleanup_policy::compact;
  b.config.topic.segment_bytes = 500;
  b.config.limits.compaction_step_bytes = 200;
  b.config.limits.tail_bytes = 0;
  b.open();
  for (int i = 0; i < 40; ++i) {
    std::vector<record> records{
      {bytes{"key"}, bytes{std::to_string(i)}, {}, b.sys.now_ms()}};
    b.append(make_batch(records));
  }
  auto before = b.status().size_bytes;
  b.sys.advance(30s);
  auto status = b.status();
  CHECK(status.upkeep_failure.empty());
  CHECK(status.size_bytes < before / 2);
  auto left = stored(b);
  REQUIRE_FALSE(left.empty());
  CHECK(left.back() == "39");
  CHECK(left.size() < 20);
}

TEST_CASE("settings changed live begin upkeep") {
  bench b;
  b.open();
  CHECK(b.timers() == 0);
  auto settings = b.config.topic;
  settings.retention_time = 1h;
  CHECK(b.sys.ask<caf::ok_atom>(b.handle, config_atom_v, settings));
  CHECK(b.timers() == 1);
  settings.retention_time = 0ms;
  CHECK(b.sys.ask<caf::ok_atom>(b.handle, config_atom_v, settings));
  b.sys.advance(31s);
  CHECK(b.timers() == 0);
}
