// A disk that fills up refuses records while there is still room for what makes
// room: commits, deletions, retention; and records are taken again by
// themselves.
#include "runtime/disk_room.hpp"

#include "tests/runtime/virtual_node.hpp"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

constexpr uint64_t value_bytes = 1000;

topic_settings small_segments() {
  topic_settings result;
  result.segment_bytes = 16 * kib;
  return result;
}

struct bench : virtual_node {
  bench() {
    settings.partition.upkeep_interval = 5s;
    settings.storage.free_min = 64 * kib;
  }

  topic_info make(const topic_settings& with = {}) {
    auto made = sys.ask<topic_info>(handle, create_atom_v,
                                    topic_spec{"messages", 1, with});
    REQUIRE(made);
    return *made;
  }

  /// Posts until it is refused; how many were taken, and why no more.
  std::pair<int, caf::error> fill(const topic_info& topic) {
    for (int i = 0; i < 1'000; ++i) {
      auto posted = post(topic, 0, std::string(value_bytes, 'x'));
      if (!posted)
        return {i, posted.error()};
    }
    return {1'000, caf::none};
  }

  node_status status() {
    auto result = sys.ask<node_status>(handle, status_atom_v);
    REQUIRE(result);
    return *result;
  }
};

} // namespace

TEST_CASE("records are refused while some of the disk is still free") {
  bench b;
  b.disk->set_capacity(b.disk->used_bytes() + 256 * kib);
  b.start();
  auto topic = b.make(small_segments());
  auto [taken, why] = b.fill(topic);
  CHECK(taken > 100);
  CHECK(code_of(why) == ec::storage_full);
  CHECK(is_retriable(why));
  CHECK(what(why).find("storage.free_min is 65536") != std::string::npos);
  // Never so late that the rest is used, whatever came between two looks.
  b.sys.advance(2s);
  CHECK(*b.disk->free_bytes() >= 60 * kib);
  auto now = b.status();
  CHECK(now.disk_free_bytes == static_cast<int64_t>(*b.disk->free_bytes()));
  CHECK(now.log_bytes >= static_cast<uint64_t>(taken) * value_bytes);
  REQUIRE(now.problems.size() == 1);
  CHECK(now.problems[0].find("storage.free_min") != std::string::npos);

  SECTION("room that others make ends it, without a restart") {
    b.disk->set_capacity(*b.disk->free_bytes() + b.disk->used_bytes()
                         + 256 * kib);
    b.sys.advance(2s);
    CHECK(b.post(topic, 0, "again"));
    CHECK(b.status().problems.empty());
  }
  SECTION("a topic that is deleted makes room") {
    REQUIRE(b.sys.ask<topic_info>(b.handle, delete_atom_v, topic.name));
    b.sys.advance(2s);
    CHECK(b.status().log_bytes < 20 * kib);
    CHECK(b.post(b.make(), 0, "again"));
  }
  SECTION("retention, changed live, makes room") {
    auto less = topic.settings;
    less.retention_bytes = 1;
    REQUIRE(b.sys.ask<topic_info>(b.handle, config_atom_v, topic.name, less));
    b.sys.advance(11s);
    CHECK(b.post(topic, 0, "again"));
  }
}

TEST_CASE("commits and fetches go on while records are refused") {
  bench b;
  std::vector<std::string> read;
  b.handlers.add("collect", [&](const delivery& x) -> caf::error {
    read.push_back(x.content.value.str());
    return caf::none;
  });
  consumer_settings consumer;
  consumer.group = "G";
  consumer.topics = {"messages"};
  consumer.handler = "collect";
  consumer.group_rules.start.what = start_rule::kind::earliest;
  b.settings.topics = {{"messages", 1, {}}};
  b.settings.consumers = {{consumer, 1}};
  b.disk->set_capacity(256 * kib);
  b.start();
  auto topic =
    *b.sys.ask<topic_info>(b.handle, topic_atom_v, std::string{"messages"});
  auto taken = b.fill(topic).first;
  CHECK(taken > 50);
  b.sys.advance(30s);
  CHECK(read.size() == static_cast<size_t>(taken));
  auto group = b.describe("G");
  CHECK(group.state == "stable");
  REQUIRE(group.positions.size() == 1);
  CHECK(group.positions[0].next == taken);
  CHECK_FALSE(b.post(topic, 0, std::string(value_bytes, 'x')));
}

TEST_CASE("a quota bounds the bytes of all logs, after a restart as well") {
  bench b;
  b.settings.storage.free_min = 0;
  b.settings.storage.quota = 100 * kib;
  b.start();
  auto topic = b.make();
  auto [taken, why] = b.fill(topic);
  CHECK(taken >= 80);
  CHECK(taken <= 100);
  CHECK(what(why).find("storage.quota is 102400") != std::string::npos);
  CHECK(b.status().log_bytes <= 100 * kib);
  REQUIRE(b.sys.ask<caf::ok_atom>(b.handle, stop_atom_v));
  b.sys.run();
  b.disk->kill();
  b.start();
  b.sys.advance(2s);
  CHECK_FALSE(b.post(topic, 0, std::string(value_bytes, 'x')));
  CHECK(b.status().log_bytes > 80 * kib);
}

TEST_CASE("a producer waits for room, and goes on") {
  bench b;
  b.settings.storage.free_min = 0;
  b.settings.storage.quota = 100 * kib;
  b.start();
  auto topic = b.make(small_segments());
  b.fill(topic);
  auto producer = b.players->spawn_producer({}, b.handle);
  auto answer = std::make_shared<caf::expected<record_metadata>>(
    make_error(ec::timed_out, "not yet"));
  auto asker = b.sys.spawn([=](caf::event_based_actor* self) {
    self
      ->request(producer, caf::infinite, post_atom_v,
                posting{"messages",
                        0,
                        {{}, bytes{std::string(value_bytes, 'x')}, {}, -1}})
      .then([=](record_metadata& x) { *answer = std::move(x); },
            [=](caf::error& x) { *answer = std::move(x); });
  });
  b.sys.advance(10s);
  CHECK_FALSE(*answer);
  auto less = topic.settings;
  less.retention_bytes = 1;
  REQUIRE(b.sys.ask<topic_info>(b.handle, config_atom_v, topic.name, less));
  b.sys.advance(15s);
  INFO((*answer ? std::string{} : what(answer->error())));
  CHECK(*answer);
  caf::anon_send_exit(producer, caf::exit_reason::kill);
  caf::anon_send_exit(asker, caf::exit_reason::kill);
}

TEST_CASE("a disk that does not tell what is free refuses nothing") {
  struct mute final : simulation::memory_files {
    caf::expected<uint64_t> free_bytes() override {
      return make_error(ec::storage_failed, "mute");
    }
  };
  storage_settings limits;
  limits.free_min = 1 * gib;
  disk_room room{std::make_shared<mute>(), limits};
  CHECK_FALSE(room.take(1 * gib));
  CHECK(room.problem().find("mute") != std::string::npos);
}
