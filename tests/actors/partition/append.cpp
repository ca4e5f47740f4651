// What an acknowledgement promises: the batch is in the log, once, and with
// acks=all it is there after a power cut too. Nothing else may be promised.
#include "tests/actors/partition/bench.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

using values = std::vector<std::string>;

TEST_CASE("batches get their places one after the other") {
  bench b;
  b.open();
  auto first = b.append(batch_of({"a", "b", "c"}));
  auto second = b.append(batch_of({"d"}), acks::leader);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->base_offset == 0);
  CHECK(second->base_offset == 3);
  CHECK_FALSE(second->is_duplicate);
  CHECK(stored(b) == values{"a", "b", "c", "d"});
  auto status = b.status();
  CHECK(status.log_end == 4);
  CHECK(status.high_watermark == 4);
  CHECK(status.synced_end == 3);
  CHECK(status.name == "messages-0");
}

TEST_CASE("a batch that cannot be stored is refused with the facts") {
  bench b;
  b.config.topic.record_bytes_max = 200;
  b.open();
  auto large = batch_of({std::string(300, 'x')});
  auto damaged = batch_of({"a"});
  damaged.header.crc ^= 1;
  auto control = batch_of({"a"});
  control.header.attributes = 0x20;
  control.header.crc = checksum_of(control);
  auto answer = b.append(large);
  REQUIRE_FALSE(answer);
  CHECK(what(answer.error())
        == "record_too_large: messages-0: a batch of "
             + std::to_string(large.encoded_bytes())
             + " bytes; the topic's record_bytes_max is 200");
  CHECK(outcome(b.append(damaged)) == "corrupt_batch");
  CHECK(outcome(b.append(control)) == "invalid_argument");
  CHECK(b.status().log_end == 0);
  // The limit can be raised live.
  auto settings = b.config.topic;
  settings.record_bytes_max = 1000;
  CHECK(b.sys.ask<caf::ok_atom>(b.handle, config_atom_v, settings));
  CHECK(outcome(b.append(large)) == "ok");
}

TEST_CASE("a compressed batch is looked into, then stored as it came") {
  bench b;
  b.config.limits.decompressed_bytes_max = 10'000;
  b.open();
  auto how = GENERATE(codec::gzip, codec::snappy, codec::lz4, codec::zstd);
  auto pack = [&](const values& xs) {
    auto batch = compress_batch(batch_of(xs), {how});
    REQUIRE(batch.header.codec() == static_cast<int>(how));
    return batch;
  };
  values content(20, "the same words again and again");
  auto good = pack(content);
  CHECK(outcome(b.append(good)) == "ok");
  CHECK(stored(b) == content);
  auto found = b.fetch({.offset = 0, .bytes_max = 1 * mib});
  REQUIRE(found);
  CHECK(found->batches.at(0).records == good.records);
  auto wrong = good;
  wrong.header.record_count += 1;
  wrong.header.last_offset_delta += 1;
  wrong.header.crc = checksum_of(wrong);
  CHECK(outcome(b.append(wrong)) == "corrupt_batch");
  CHECK(outcome(b.append(pack({std::string(9000, 'x')}))) == "ok");
  CHECK(outcome(b.append(pack({std::string(10'000, 'x')})))
        == "record_too_large");
  CHECK(b.status().log_end == 21);
}

TEST_CASE("one sync answers all that wait") {
  bench b;
  b.pace->delay = 5ms;
  b.open();
  std::vector<later<append_result>> answers;
  for (int i = 0; i < 100; ++i)
    answers.push_back(b.append_later(batch_of({std::to_string(i)})));
  b.sys.run();
  for (auto& x : answers)
    CHECK_FALSE(*x);
  b.sys.advance(5ms);
  CHECK(*answers[0]);
  b.sys.advance(5ms);
  for (int64_t i = 0; i < 100; ++i) {
    auto& x = *answers[static_cast<size_t>(i)];
    REQUIRE(x);
    REQUIRE(*x);
    CHECK((*x)->base_offset == i);
  }
  // What was there when the first one began, then all that came meanwhile.
  CHECK(b.pace->jobs == 2);
  CHECK(b.status().synced_end == 100);
}

TEST_CASE("acks=leader does not wait for the disk") {
  bench b;
  b.pace->delay = 1h;
  b.open();
  CHECK(outcome(b.append(batch_of({"a"}), acks::leader)) == "ok");
  CHECK(b.pace->jobs == 0);
}

TEST_CASE("above the bound an append is refused before it is written") {
  bench b;
  b.pace->delay = 1s;
  b.config.limits.waiting_appends_max = 2;
  b.open();
  auto first = b.append_later(batch_of({"a"}));
  auto second = b.append_later(batch_of({"b"}));
  b.sys.run();
  auto third = b.append_later(batch_of({"c"}));
  b.sys.run();
  REQUIRE(*third);
  CHECK(outcome(**third) == "queue_full");
  CHECK(b.status().log_end == 2);
  // Who does not wait has room.
  CHECK(outcome(b.append(batch_of({"d"}), acks::leader)) == "ok");
  b.sys.advance(2s);
  CHECK(outcome(b.append(batch_of({"c"}))) == "ok");
  CHECK(stored(b) == values{"a", "b", "d", "c"});
}

TEST_CASE("a repeated batch is answered with its first place") {
  bench b;
  b.open();
  auto batch = batch_of({"a", "b"}, {7, 0, 0});
  CHECK(b.append(batch)->base_offset == 0);
  CHECK(b.append(batch_of({"c"}, {8, 0, 0}))->base_offset == 2);
  auto again = b.append(batch);
  REQUIRE(again);
  CHECK(again->base_offset == 0);
  CHECK(again->is_duplicate);
  CHECK(outcome(b.append(batch_of({"x"}, {7, 0, 3})))
        == "out_of_order_sequence");
  CHECK(stored(b) == values{"a", "b", "c"});
}

TEST_CASE("a repetition promises what the first one would") {
  bench b;
  b.pace->delay = 5ms;
  b.open();
  auto batch = batch_of({"a"}, {7, 0, 0});
  CHECK(outcome(b.append(batch, acks::leader)) == "ok");
  CHECK(b.status().synced_end == 0);
  auto again = b.append_later(batch);
  b.sys.run();
  CHECK_FALSE(*again);
  b.sys.advance(5ms);
  REQUIRE(*again);
  REQUIRE(**again);
  CHECK((**again)->is_duplicate);
  CHECK(b.status().synced_end == 1);
  // Durable by now: no sync is needed.
  auto jobs = b.pace->jobs;
  CHECK(b.append(batch)->is_duplicate);
  CHECK(b.pace->jobs == jobs);
}

TEST_CASE("a repetition is answered also when it would be too large by now") {
  bench b;
  b.open();
  auto batch = batch_of({std::string(2000, 'x')}, {7, 0, 0});
  CHECK(outcome(b.append(batch)) == "ok");
  auto settings = b.config.topic;
  settings.record_bytes_max = 1 * kib;
  REQUIRE(b.sys.ask<caf::ok_atom>(b.handle, config_atom_v, settings));
  auto again = b.append(batch);
  REQUIRE(again);
  CHECK(again->is_duplicate);
  auto next = batch_of({std::string(2000, 'x')}, {7, 0, 1});
  CHECK(outcome(b.append(next)) == "record_too_large");
  CHECK(b.status().log_end == 1);
}

TEST_CASE("a restart keeps what is known of producers") {
  auto is_clean = GENERATE(true, false);
  CAPTURE(is_clean);
  bench b;
  b.open();
  auto batch = batch_of({"a", "b"}, {7, 0, 0});
  b.append(batch);
  if (is_clean) {
    CHECK(b.sys.ask<caf::ok_atom>(b.handle, stop_atom_v));
    b.sys.run();
  } else {
    b.kill();
  }
  b.disk->kill();
  b.open();
  CHECK(b.status().producers == 1);
  CHECK(b.append(batch)->is_duplicate);
  CHECK(outcome(b.append(batch_of({"x"}, {7, 0, 5})))
        == "out_of_order_sequence");
  CHECK(outcome(b.append(batch_of({"c"}, {7, 0, 2}))) == "ok");
  CHECK(stored(b) == values{"a", "b", "c"});
}

TEST_CASE("a power cut takes nothing that was acknowledged with acks=all") {
  bench b;
  b.open();
  b.append(batch_of({"a"}), acks::all);
  b.append(batch_of({"b"}), acks::leader);
  b.kill();
  b.disk->crash();
  b.open();
  CHECK(stored(b) == values{"a"});
  CHECK(b.status().leader_epoch == 1);
  CHECK_FALSE(b.status().recovery.empty());
}

TEST_CASE("a killed process loses nothing that was acknowledged") {
  bench b;
  b.open();
  b.append(batch_of({"a"}), acks::all);
  b.append(batch_of({"b"}), acks::leader);
  b.kill();
  b.disk->kill();
  b.open();
  CHECK(stored(b) == values{"a", "b"});
}

TEST_CASE("after a failed sync nothing is acknowledged until it is opened") {
  bench b;
  b.pace->delay = 5ms;
  b.open();
  b.append(batch_of({"a"}));
  b.disk->fail_syncs(true);
  auto first = b.append_later(batch_of({"b"}));
  auto second = b.append_later(batch_of({"c"}));
  b.sys.advance(10ms);
  REQUIRE(*first);
  REQUIRE(*second);
  CHECK(outcome(**first) == "storage_failed");
  CHECK(outcome(**second) == "storage_failed");
  b.disk->fail_syncs(false);
  // It has ended: whoever spawned it opens the log again.
  CHECK_FALSE(b.append(batch_of({"d"}), acks::leader));
  SECTION("with the machine up, what was written is still there") {
    b.open();
    CHECK(b.status().leader_epoch == 1);
    CHECK(outcome(b.append(batch_of({"d"}))) == "ok");
    b.kill();
    b.disk->crash();
    b.open();
    CHECK(stored(b) == values{"a", "b", "c", "d"});
  }
  SECTION("after a power cut") {
    b.disk->crash();
    b.open();
    CHECK(outcome(b.append(batch_of({"d"}))) == "ok");
    CHECK(stored(b) == values{"a", "d"});
  }
}

TEST_CASE("a disk that fails for longer keeps the log closed") {
  bench b;
  b.open();
  b.append(batch_of({"a"}));
  b.disk->plan({.what = simulation::disk_fault::sync_fails, .times = 2});
  CHECK(outcome(b.append(batch_of({"b"}))) == "storage_failed");
  b.open();
  CHECK_FALSE(b.append(batch_of({"c"})));
  b.open();
  CHECK(outcome(b.append(batch_of({"c"}))) == "ok");
  CHECK(stored(b) == values{"a", "b", "c"});
}

TEST_CASE("a flusher that dies is a disk that failed") {
  bench b;
  b.pace->delay = 1h;
  b.open();
  auto answer = b.append_later(batch_of({"a"}));
  b.sys.run();
  caf::anon_send_exit(b.flusher, caf::exit_reason::kill);
  b.sys.run();
  REQUIRE(*answer);
  CHECK(outcome(**answer) == "storage_failed");
  CHECK_FALSE(b.append(batch_of({"b"})));
}

TEST_CASE("a failed write ends it; opened again, the log has what it had") {
  bench b;
  b.open();
  b.append(batch_of({"a"}));
  b.disk->fail_appends(true);
  CHECK(outcome(b.append(batch_of({"b"}))) == "storage_failed");
  b.disk->fail_appends(false);
  CHECK_FALSE(b.append(batch_of({"c"})));
  b.open();
  CHECK(outcome(b.append(batch_of({"c"}))) == "ok");
  CHECK(stored(b) == values{"a", "c"});
}

TEST_CASE("a full disk refuses, and takes more when there is room again") {
  bench b;
  b.open();
  b.append(batch_of({"a"}, {7, 0, 0}));
  b.disk->set_capacity(b.disk->used_bytes() + 10);
  auto batch = batch_of({"b"}, {7, 0, 1});
  auto refused = b.append(batch);
  REQUIRE_FALSE(refused);
  CHECK(code_of(refused.error()) == ec::storage_full);
  CHECK(is_retriable(refused.error()));
  CHECK(stored(b) == values{"a"});
  b.disk->set_capacity(1 * gib);
  auto taken = b.append(batch);
  REQUIRE(taken);
  CHECK_FALSE(taken->is_duplicate);
  CHECK(stored(b) == values{"a", "b"});
}

TEST_CASE("a stop makes durable what it has, answers everybody, and is clean") {
  bench b;
  b.pace->delay = 1h;
  b.open();
  auto append = b.append_later(batch_of({"a"}));
  auto fetch = b.fetch_later({.offset = 1, .wait_max = 10s});
  b.sys.run();
  CHECK_FALSE(*append);
  CHECK(b.sys.ask<caf::ok_atom>(b.handle, stop_atom_v));
  b.sys.run();
  REQUIRE(*append);
  CHECK(outcome(**append) == "ok");
  REQUIRE(*fetch);
  CHECK(outcome(**fetch) == "shutting_down");
  b.disk->crash();
  b.pace->delay = 0s;
  b.open();
  CHECK(stored(b) == values{"a"});
  CHECK(b.status().leader_epoch == 0);
  // The index is not synced.
  CHECK(b.status().recovery == "made 1 indexes anew");
}

TEST_CASE("an exit signal closes the log") {
  bench b;
  b.open();
  b.append(batch_of({"a"}), acks::leader);
  auto fetch = b.fetch_later({.offset = 1, .wait_max = 10s});
  b.sys.run();
  caf::anon_send_exit(b.handle, caf::exit_reason::user_shutdown);
  b.sys.run();
  REQUIRE(*fetch);
  CHECK(outcome(**fetch) == "shutting_down");
  b.disk->crash();
  b.open();
  CHECK(stored(b) == values{"a"});
  CHECK(b.status().recovery == "made 1 indexes anew");
}

TEST_CASE("whoever waits at a killed partition is told") {
  bench b;
  b.pace->delay = 1h;
  b.open();
  auto append = b.append_later(batch_of({"a"}));
  auto fetch = b.fetch_later({.offset = 1, .wait_max = 10s});
  b.sys.run();
  b.kill();
  REQUIRE(*append);
  CHECK(outcome(**append) == "not_available");
  REQUIRE(*fetch);
  CHECK(outcome(**fetch) == "not_available");
}

TEST_CASE("a partition that cannot open its log ends with the reason") {
  bench b;
  b.disk->fail_syncs(true);
  b.disk->fail_appends(true);
  b.disk->stop_after(0);
  b.open();
  auto reason = std::make_shared<caf::error>();
  b.sys.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    self->set_down_handler([=](caf::down_msg& x) { *reason = x.reason; });
    self->monitor(b.handle);
    return {[](tick_atom) {}};
  });
  b.sys.run();
  CHECK(code_of(*reason) == ec::storage_failed);
}
