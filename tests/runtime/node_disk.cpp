// A disk that fails or fills up must cost what it has to and no more: nothing
// is acknowledged that is not durable, and the node needs no restart to go on.
#include <algorithm>

#include "actors/protocol/shard_of.hpp"
#include "tests/runtime/virtual_node.hpp"

using namespace troupe;
using namespace troupe::simulation;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

using values = std::vector<std::string>;

/// A node with a topic of two partitions and a group that reads it.
struct fixture : virtual_node {
  fixture() {
    handlers.add("collect", [this](const delivery& x) -> caf::error {
      handled.push_back(x.content.value.str());
      return caf::none;
    });
    consumer_settings reader;
    reader.group = "G";
    reader.topics = {"messages"};
    reader.handler = "collect";
    reader.group_rules.start.what = start_rule::kind::earliest;
    settings.topics = {{"messages", 2, {}}};
    settings.consumers = {{reader, 2}};
    start();
    auto found =
      sys.ask<topic_info>(handle, topic_atom_v, std::string{"messages"});
    REQUIRE(found);
    topic = *found;
    sys.advance(2s);
  }

  node_status status() {
    auto result = sys.ask<node_status>(handle, status_atom_v);
    REQUIRE(result);
    return *result;
  }

  /// All values in a partition.
  values stored(int32_t partition) {
    values result;
    auto found = sys.ask<fetch_result>(locate(topic, partition), fetch_atom_v,
                                       fetch_request{0, 1 * mib});
    REQUIRE(found);
    for (const auto& batch : found->batches) {
      auto records = read_records(batch);
      REQUIRE(records);
      for (const auto& x : *records)
        result.push_back(x.content.value.str());
    }
    return result;
  }

  /// What the group has committed in both partitions together.
  int64_t committed() {
    int64_t result = 0;
    for (const auto& x : describe("G").positions)
      result += std::max<int64_t>(x.next, 0);
    return result;
  }

  std::string partition_path(int32_t partition) {
    return topic_directory(topic) + "/" + std::to_string(partition) + "/";
  }

  topic_info topic;
  values handled;
};

} // namespace

TEST_CASE(
  "a partition whose sync failed is opened again, and nothing is lost") {
  fixture f;
  REQUIRE(f.post(f.topic, 0, "a"));
  f.disk->plan({.what = disk_fault::sync_fails, .path = f.partition_path(0)});
  auto failed = f.post(f.topic, 0, "b");
  REQUIRE_FALSE(failed);
  CHECK(code_of(failed.error()) == ec::storage_failed);
  auto now = f.status();
  CHECK(now.partitions_offline == 1);
  REQUIRE(now.problems.size() == 1);
  CHECK(now.problems[0].starts_with("messages-0 is offline: storage_failed"));
  CHECK(f.has_logged("role ended"));
  // The others do not notice.
  CHECK(f.post(f.topic, 1, "x"));
  f.sys.advance(1s);
  CHECK(f.status().problems.empty());
  CHECK(f.has_logged("log recovered"));
  CHECK(f.post(f.topic, 0, "c"));
  CHECK(f.stored(0) == values{"a", "b", "c"});
  f.sys.advance(5s);
  CHECK(f.handled.size() == 4);
  CHECK(f.committed() == 4);
}

TEST_CASE("a log that fails again and again is opened less and less often") {
  fixture f;
  REQUIRE(f.post(f.topic, 0, "first"));
  f.disk->plan({.what = disk_fault::sync_fails,
                .path = f.partition_path(0),
                .times = planned_fault::for_good});
  REQUIRE_FALSE(f.post(f.topic, 0, "a"));
  f.sys.advance(10min);
  auto tries = f.disk->faults().of(disk_fault::sync_fails);
  CHECK(tries > 10);
  CHECK(tries < 40);
  CHECK(f.status().partitions_offline == 1);
  f.disk->end_faults();
  f.sys.advance(31s);
  CHECK(f.status().problems.empty());
  CHECK(f.post(f.topic, 0, "b"));
}

TEST_CASE("one that opens and fails at the first append waits longer, too") {
  fixture f;
  REQUIRE(f.post(f.topic, 0, "a"));
  size_t failures = 0;
  for (int i = 0; i < 100; ++i) {
    f.disk->plan({.what = disk_fault::write_fails, .path = ".log"});
    auto where = f.sys.ask<partition_actor>(f.handle, locate_atom_v,
                                            topic_partition{f.topic.id, 0});
    if (where && !f.post(f.topic, 0, "b"))
      ++failures;
    f.disk->end_faults();
    f.sys.advance(1s);
  }
  CHECK(failures > 3);
  CHECK(failures < 20);
}

TEST_CASE("a shard whose log failed comes back, groups go on as committed") {
  fixture f;
  REQUIRE(f.post(f.topic, 0, "a"));
  f.sys.advance(2s);
  CHECK(f.committed() == 1);
  f.disk->plan({.what = disk_fault::sync_fails, .path = offsets_topic});
  REQUIRE(f.post(f.topic, 0, "b"));
  f.sys.advance(10s);
  CHECK(f.disk->faults().of(disk_fault::sync_fails) == 1);
  CHECK(f.status().problems.empty());
  CHECK(f.committed() == 2);
  REQUIRE(f.post(f.topic, 1, "c"));
  f.sys.advance(5s);
  CHECK(f.committed() == 3);
}

TEST_CASE("a controller whose log failed is started again, the rest serves") {
  fixture f;
  f.disk->plan({.what = disk_fault::sync_fails, .path = "metadata"});
  auto refused = f.create("more", 1);
  REQUIRE_FALSE(refused);
  CHECK(code_of(refused.error()) == ec::storage_failed);
  auto now = f.status();
  REQUIRE(now.problems.size() == 1);
  CHECK(now.problems[0].starts_with("topics cannot be changed"));
  auto meanwhile = f.create("more", 1);
  REQUIRE_FALSE(meanwhile);
  CHECK(is_retriable(meanwhile.error()));
  CHECK(f.post(f.topic, 0, "a"));
  f.sys.advance(1s);
  CHECK(f.status().problems.empty());
  // The command was written, and the machine stayed up: it may be there.
  auto again = f.create("more", 1);
  CHECK((again || code_of(again.error()) == ec::topic_exists));
  CHECK(f.create("most", 1));
}

TEST_CASE("a full disk refuses records; members live on, and all recovers") {
  fixture f;
  REQUIRE(f.post(f.topic, 0, "a"));
  f.sys.advance(2s);
  auto before = f.describe("G");
  auto metadata = f.status().metadata_index;
  f.disk->set_capacity(f.disk->used_bytes());
  auto refused = f.post(f.topic, 0, "b");
  REQUIRE_FALSE(refused);
  CHECK(code_of(refused.error()) == ec::storage_full);
  CHECK(is_retriable(refused.error()));
  CHECK(f.stored(0) == values{"a"});
  // Much longer than a session.
  f.sys.advance(60s);
  CHECK(f.status().problems.empty());
  f.disk->end_faults();
  REQUIRE(f.post(f.topic, 0, "c"));
  f.sys.advance(5s);
  CHECK(f.handled == values{"a", "c"});
  CHECK(f.committed() == 2);
  auto after = f.describe("G");
  CHECK(after.members.size() == 2);
  CHECK(after.epoch == before.epoch);
  CHECK(f.status().metadata_index == metadata);
}

TEST_CASE("commits wait for room; other shards' go on; nobody is rebalanced") {
  fixture f;
  REQUIRE(f.post(f.topic, 0, "a"));
  f.sys.advance(2s);
  auto before = f.describe("G");
  // Of all logs only that of the group's shard finds no room.
  auto shard = shard_of("G", f.settings.coordination.shards);
  auto offsets =
    f.sys.ask<topic_info>(f.handle, topic_atom_v, std::string{offsets_topic});
  REQUIRE(offsets);
  f.disk->plan(
    {.what = disk_fault::full,
     .path = topic_directory(*offsets) + "/" + std::to_string(shard) + "/",
     .times = planned_fault::for_good});
  REQUIRE(f.post(f.topic, 0, "b"));
  REQUIRE(f.post(f.topic, 0, "c"));
  consumer_settings other;
  for (int i = 0; shard_of(other.group, 5) == shard || i == 0; ++i)
    other.group = "H" + std::to_string(i);
  other.topics = {"messages"};
  other.handler = "collect";
  other.group_rules.start.what = start_rule::kind::earliest;
  auto member = f.players->spawn_consumer(other, "other", f.handle);
  REQUIRE(member);
  f.sys.advance(60s);
  CHECK(f.disk->faults().of(disk_fault::full) > 0);
  CHECK(f.disk->faults().of(disk_fault::full) < 100);
  int64_t elsewhere = 0;
  for (const auto& x : f.describe(other.group).positions)
    elsewhere += std::max<int64_t>(x.next, 0);
  CHECK(elsewhere == 3);
  f.disk->end_faults();
  f.sys.advance(10s);
  CHECK(f.committed() == 3);
  auto after = f.describe("G");
  CHECK(after.members.size() == 2);
  CHECK(after.epoch == before.epoch);
  caf::anon_send_exit(*member, caf::exit_reason::kill);
}
