// Every setting of a topic can be changed while it is in use: each one here
// with what it must do then, to segments and records that are there already,
// and after a restart.
#include "tests/runtime/virtual_node.hpp"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

/// A topic of one partition on a whole node, and its settings.
struct bench {
  explicit bench(const topic_settings& first = {}) : settings(first) {
    // What the disk has is what is looked at.
    node.settings.partition.tail_bytes = 0;
    node.start();
    auto made = node.sys.ask<topic_info>(node.handle, create_atom_v,
                                         topic_spec{"messages", 1, first});
    REQUIRE(made);
    topic = *made;
  }

  /// Changes the settings as the command line does.
  void set(const std::function<void(topic_settings&)>& change) {
    change(settings);
    auto changed = node.sys.ask<topic_info>(node.handle, config_atom_v,
                                            topic.name, settings);
    REQUIRE(changed);
    CHECK(changed->settings == settings);
    node.sys.run();
  }

  void post(const std::string& key, const std::string& value) {
    record x{bytes{key}, bytes{value}, {}, node.sys.now_ms()};
    auto posted =
      node.sys.ask<append_result>(node.locate(topic, 0), append_atom_v,
                                  append_request{make_batch({x}), acks::all});
    REQUIRE(posted);
  }

  /// Posts `count` records of about 1,000 bytes.
  void post_many(int count) {
    for (int i = 0; i < count; ++i)
      post("key" + std::to_string(i % 3), std::string(1000, 'x'));
  }

  partition_status status() {
    auto result =
      node.sys.ask<partition_status>(node.locate(topic, 0), status_atom_v);
    REQUIRE(result);
    CHECK(result->upkeep_failure == "");
    return *result;
  }

  /// How many records can be read.
  size_t readable() {
    size_t result = 0;
    for (auto offset = status().log_start; offset < status().log_end;) {
      auto found = node.sys.ask<fetch_result>(
        node.locate(topic, 0), fetch_atom_v, fetch_request{offset, 1 * mib});
      REQUIRE(found);
      REQUIRE_FALSE(found->batches.empty());
      for (const auto& batch : found->batches)
        result += read_records(batch)->size();
      offset = found->batches.back().header.last_offset() + 1;
    }
    return result;
  }

  /// Bytes of the sparse index of the first segment.
  size_t index_bytes() const {
    auto name = topic_directory(topic) + "/0/00000000000000000000.index";
    return node.disk->content(name).size();
  }

  virtual_node node;
  topic_settings settings;
  topic_info topic;
};

topic_settings small_segments() {
  topic_settings result;
  result.segment_bytes = 4 * kib;
  return result;
}

} // namespace

TEST_CASE("segment_bytes changed live closes segments sooner") {
  bench b;
  b.post_many(20);
  CHECK(b.status().segments == 1);
  b.set([](auto& x) { x.segment_bytes = 4 * kib; });
  b.post_many(20);
  CHECK(b.status().segments >= 6);
  b.set([](auto& x) { x.segment_bytes = 1 * mib; });
  auto before = b.status().segments;
  b.post_many(20);
  CHECK(b.status().segments == before);
  CHECK(b.readable() == 60);
}

TEST_CASE("segment_age changed live closes the segment that is open") {
  bench b;
  b.post_many(1);
  b.node.sys.advance(10min);
  b.post_many(1);
  CHECK(b.status().segments == 1);
  b.set([](auto& x) { x.segment_age = 5min; });
  b.post_many(1);
  CHECK(b.status().segments == 2);
}

TEST_CASE("retention_time changed live lets go of what is too old") {
  bench b{small_segments()};
  b.post_many(20);
  b.node.sys.advance(2h);
  b.post_many(8);
  CHECK(b.status().log_start == 0);
  b.set([](auto& x) { x.retention_time = 1h; });
  b.node.sys.advance(31s);
  auto now = b.status();
  CHECK(now.log_start >= 16);
  CHECK(now.log_start <= 20);
  CHECK(now.log_end == 28);
  // And back: nothing more goes.
  b.set([](auto& x) { x.retention_time = 0ms; });
  b.node.sys.advance(3h);
  CHECK(b.status().log_start == now.log_start);
}

TEST_CASE("retention_bytes changed live lets go of what is too much") {
  bench b{small_segments()};
  b.post_many(40);
  b.set([](auto& x) { x.retention_bytes = 10 * kib; });
  b.node.sys.advance(31s);
  auto now = b.status();
  CHECK(now.log_start > 20);
  CHECK(now.size_bytes >= 10 * kib);
  CHECK(now.size_bytes <= 15 * kib);
}

TEST_CASE("cleanup changed live begins to compact, and stops") {
  bench b{small_segments()};
  b.post_many(40);
  CHECK(b.readable() == 40);
  b.set([](auto& x) { x.cleanup = cleanup_policy::compact; });
  b.node.sys.advance(31s);
  CHECK(b.readable() < 12);
  CHECK(b.status().log_start == 0);
  b.set([](auto& x) { x.cleanup = cleanup_policy::remove; });
  auto before = b.readable();
  b.post_many(40);
  b.node.sys.advance(10min);
  CHECK(b.readable() == before + 40);
}

TEST_CASE("tombstone_retention changed live lets tombstones go sooner") {
  auto first = small_segments();
  first.cleanup = cleanup_policy::compact;
  bench b{first};
  b.post("gone", "once");
  record tombstone{bytes{std::string{"gone"}}, {}, {}, b.node.sys.now_ms()};
  REQUIRE(b.node.sys.ask<append_result>(
    b.node.locate(b.topic, 0), append_atom_v,
    append_request{make_batch({tombstone}), acks::all}));
  b.set([](auto& x) { x.tombstone_retention = 1min; });
  b.post_many(8);
  b.node.sys.advance(31s);
  auto with_tombstone = b.readable();
  b.node.sys.advance(5min);
  CHECK(b.readable() == with_tombstone - 1);
}

TEST_CASE("record_bytes_max changed live refuses, with limit and size") {
  bench b;
  b.post_many(1);
  b.set([](auto& x) { x.record_bytes_max = 1 * kib; });
  record large{{}, bytes{std::string(2000, 'x')}, {}, b.node.sys.now_ms()};
  auto batch = make_batch({large});
  auto ask = [&] {
    return b.node.sys.ask<append_result>(b.node.locate(b.topic, 0),
                                         append_atom_v,
                                         append_request{batch, acks::all});
  };
  auto refused = ask();
  REQUIRE_FALSE(refused);
  CHECK(what(refused.error())
        == "record_too_large: messages-0: a batch of "
             + std::to_string(batch.encoded_bytes())
             + " bytes; the topic's record_bytes_max is 1024");
  b.set([](auto& x) { x.record_bytes_max = 4 * kib; });
  CHECK(ask());
}

TEST_CASE("index_interval_bytes changed live makes indexes as dense as asked") {
  bench sparse;
  sparse.post_many(40);
  sparse.set([](auto& x) { x.segment_bytes = 4 * kib; });
  sparse.post_many(1);
  bench dense;
  dense.set([](auto& x) { x.index_interval_bytes = 1; });
  dense.post_many(40);
  dense.set([](auto& x) { x.segment_bytes = 4 * kib; });
  dense.post_many(1);
  CHECK(sparse.index_bytes() > 0);
  CHECK(dense.index_bytes() >= 3 * sparse.index_bytes());
}

TEST_CASE("settings changed live are there after a crash") {
  bench b;
  b.set([](auto& x) {
    x.segment_bytes = 4 * kib;
    x.record_bytes_max = 8 * kib;
  });
  caf::anon_send_exit(b.node.handle, caf::exit_reason::kill);
  b.node.sys.run();
  b.node.disk->crash();
  b.node.start();
  auto found = b.node.sys.ask<topic_info>(b.node.handle, topic_atom_v,
                                          std::string{"messages"});
  REQUIRE(found);
  CHECK(found->settings == b.settings);
  b.post_many(10);
  CHECK(b.status().segments >= 3);
}

TEST_CASE("settings that no log can work with are refused and change nothing") {
  bench b;
  auto bad = b.settings;
  bad.record_bytes_max = 10;
  auto refused = b.node.sys.ask<topic_info>(b.node.handle, config_atom_v,
                                            std::string{"messages"}, bad);
  REQUIRE_FALSE(refused);
  CHECK(what(refused.error())
        == "invalid_argument: record_bytes_max is 10, the least is 62");
  auto found = b.node.sys.ask<topic_info>(b.node.handle, topic_atom_v,
                                          std::string{"messages"});
  REQUIRE(found);
  CHECK(found->settings == b.settings);
}

TEST_CASE("a producer rides through a limit that becomes smaller and larger") {
  bench b;
  producer_settings settings;
  settings.batch_bytes = 64 * kib;
  settings.linger = 5ms;
  auto producer = b.node.players->spawn_producer(settings, b.node.handle);
  auto post = [&] {
    std::vector<posting> all;
    for (int i = 0; i < 60; ++i)
      all.push_back(
        {"messages", 0, {{}, bytes{std::string(1000, 'x')}, {}, -1}});
    return b.node.sys.ask<std::vector<record_metadata>>(producer, post_atom_v,
                                                        all);
  };
  REQUIRE(post());
  b.set([](auto& x) { x.record_bytes_max = 5 * kib; });
  auto posted = post();
  INFO((posted ? std::string{} : what(posted.error())));
  REQUIRE(posted);
  for (int i = 0; i < 60; ++i)
    CHECK((*posted)[static_cast<size_t>(i)].offset == 60 + i);
  b.set([](auto& x) { x.record_bytes_max = 1 * mib; });
  REQUIRE(post());
  CHECK(b.status().log_end == 180);
  caf::anon_send_exit(producer, caf::exit_reason::kill);
}
