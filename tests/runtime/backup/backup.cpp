// A backup is worth what its restore is: here a whole node is backed up in
// virtual time, while records, commits and topics come and go, and what a
// restored node then has is compared with what clients were told.
#include <algorithm>
#include <set>

#include "tests/runtime/backup/stage.hpp"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

topic_settings small_segments() {
  topic_settings result;
  result.segment_bytes = 2 * kib;
  return result;
}

consumer_settings consumer_of(const std::string& group) {
  consumer_settings result;
  result.group = group;
  result.topics = {"messages"};
  result.handler = "collect";
  result.group_rules.start.what = start_rule::kind::earliest;
  return result;
}

} // namespace

TEST_CASE("what was acknowledged before a backup is in the restored node") {
  original node;
  node.start();
  auto topic = node.make("messages", 2, small_segments());
  auto empty = node.make("empty", 1);
  std::vector<std::string> posted;
  for (int i = 0; i < 100; ++i) {
    posted.push_back("value " + std::to_string(i) + std::string(80, '.'));
    REQUIRE(node.post(topic, 0, posted.back()));
  }
  auto before = status_of(node, topic, 0);
  CHECK(before.segments > 3);
  auto copy = node.backed_up();
  auto manifest = backup::read_manifest(*copy);
  REQUIRE(manifest);
  CHECK(backup::verify(*copy, *manifest, no_progress)->empty());

  restored twin{copy};
  twin.start();
  CHECK_FALSE(twin.has_logged("not clean"));
  CHECK(twin.topic("messages") == topic);
  CHECK(twin.topic("empty") == empty);
  CHECK(values_in(twin, topic, 0) == posted);
  CHECK(values_in(twin, topic, 1).empty());
  // All logs go on, in epochs of their own: also those without records.
  for (auto& [of, partition] : std::vector<std::pair<topic_info, int32_t>>{
         {topic, 0}, {topic, 1}, {empty, 0}}) {
    auto now = status_of(twin, of, partition);
    CHECK(now.leader_epoch >= 1'000);
    auto next = twin.post(of, partition, "after");
    REQUIRE(next);
    CHECK(next->base_offset == now.log_end);
    CHECK(next->leader_epoch == now.leader_epoch);
  }
}

TEST_CASE("a node that is backed up goes on, and lets go of everything") {
  original node;
  node.start();
  auto topic = node.make("messages", 1, small_segments());
  for (int i = 0; i < 50; ++i)
    REQUIRE(node.post(topic, 0, std::string(100, 'x')));
  auto held = node.hold();
  CHECK(held.logs == 1 + 1 + node.settings.coordination.shards);
  CHECK(node.disk->exists("backup/metadata"));
  // Retention takes the segments away; the backup keeps them.
  auto shorter = small_segments();
  shorter.retention_bytes = 1;
  REQUIRE(
    node.sys.ask<topic_info>(node.handle, config_atom_v, topic.name, shorter));
  node.sys.advance(3s);
  for (int i = 0; i < 50; ++i)
    REQUIRE(node.post(topic, 0, std::string(100, 'y')));
  node.sys.advance(3s);
  CHECK(status_of(node, topic, 0).log_start > 50);
  auto copy = std::make_shared<memory>();
  REQUIRE(node.copy(held, *copy));
  node.let_go();
  CHECK_FALSE(node.disk->exists("backup"));
  restored twin{copy};
  twin.start();
  auto values = values_in(twin, topic, 0);
  CHECK(values == std::vector<std::string>(50, std::string(100, 'x')));
}

TEST_CASE("a reader of the other history is told where that ends") {
  original node;
  node.start();
  auto topic = node.make("messages", 1);
  for (int i = 0; i < 10; ++i)
    REQUIRE(node.post(topic, 0, "before"));
  auto copy = node.backed_up();
  for (int i = 0; i < 10; ++i)
    REQUIRE(node.post(topic, 0, "lost"));
  auto reader = [&](virtual_node& at, int64_t offset, int32_t epoch) {
    fetch_request x;
    x.offset = offset;
    x.last_epoch = epoch;
    auto found = at.sys.ask<fetch_result>(at.locate(topic, 0), fetch_atom_v, x);
    REQUIRE(found);
    return *found;
  };
  auto epoch = status_of(node, topic, 0).leader_epoch;
  CHECK(reader(node, 15, epoch).status == fetch_status::ok);
  restored twin{copy};
  twin.start();
  for (int i = 0; i < 10; ++i)
    REQUIRE(twin.post(topic, 0, "other"));
  auto answer = reader(twin, 15, epoch);
  CHECK(answer.status == fetch_status::diverged);
  CHECK(answer.diverging_end == 10);
  // Who was not further than the backup goes on.
  CHECK(reader(twin, 10, epoch).status == fetch_status::ok);
  // A later restore is another history again.
  restored third{copy, 120'000};
  third.start();
  CHECK(status_of(third, topic, 0).leader_epoch
        > status_of(twin, topic, 0).leader_epoch);
}

TEST_CASE("a producer of a restored node is taken for no other") {
  original node;
  node.start();
  node.make("messages", 1);
  auto first = node.sys.ask<producer_identity>(node.handle, identify_atom_v);
  REQUIRE(first);
  restored twin{node.backed_up()};
  twin.start();
  // What the old node gives after the backup, in whole blocks.
  int64_t largest = first->producer_id;
  for (int i = 0; i < 3'000; ++i)
    largest = std::max(
      largest, node.sys.ask<producer_identity>(node.handle, identify_atom_v)
                 ->producer_id);
  auto next = twin.sys.ask<producer_identity>(twin.handle, identify_atom_v);
  REQUIRE(next);
  CHECK(next->producer_id > largest);
}

TEST_CASE("groups go on where they were, members hear their coordinators") {
  original node{3};
  std::vector<std::string> read;
  auto collect = [&](const delivery& x) -> caf::error {
    read.push_back(x.content.value.str());
    return caf::none;
  };
  node.handlers.add("collect", collect);
  node.settings.topics = {{"messages", 2, {}}};
  node.settings.consumers = {{consumer_of("G"), 2}};
  node.start();
  auto topic = *node.sys.ask<topic_info>(node.handle, topic_atom_v,
                                         std::string{"messages"});
  for (int i = 0; i < 10; ++i)
    REQUIRE(node.post(topic, i % 2, "before"));
  node.sys.advance(5s);
  REQUIRE(read.size() == 10);
  auto life = node.describe("G").coordinator_epoch;
  auto copy = node.backed_up();

  restored twin{copy};
  twin.handlers.add("collect", collect);
  twin.settings.topics = node.settings.topics;
  twin.settings.consumers = node.settings.consumers;
  twin.start();
  twin.sys.advance(10s);
  CHECK(read.size() == 10);
  REQUIRE(twin.post(topic, 1, "after"));
  twin.sys.advance(5s);
  REQUIRE(read.size() == 11);
  CHECK(read.back() == "after");
  CHECK(twin.describe("G").coordinator_epoch > life + 900);
}

TEST_CASE("positions never point beyond the records of a backup") {
  // Posts, commits, new topics and the backup interleave as the seed says.
  auto seed = GENERATE(range(1, 9));
  CAPTURE(seed);
  original node{static_cast<uint64_t>(seed)};
  size_t handled = 0;
  node.handlers.add("collect", [&](const delivery&) -> caf::error {
    ++handled;
    return caf::none;
  });
  node.settings.topics = {{"messages", 3, small_segments()}};
  node.settings.consumers = {{consumer_of("G"), 2}};
  node.start();
  auto topic = *node.sys.ask<topic_info>(node.handle, topic_atom_v,
                                         std::string{"messages"});
  producer_settings settings;
  auto producer = node.players->spawn_producer(settings, node.handle);
  std::set<std::string> acknowledged;
  int number = 0;
  auto poster = node.sys.spawn([&, producer](caf::event_based_actor* self) {
    return caf::behavior{[&, self, producer](tick_atom) {
      auto value = "value " + std::to_string(number++) + std::string(40, '.');
      self
        ->request(producer, caf::infinite, post_atom_v,
                  posting{"messages", number % 3, {{}, bytes{value}, {}, -1}})
        .then(
          [&, self, value](const record_metadata&) {
            acknowledged.insert(value);
            if (number < 600)
              self->send(self, tick_atom_v);
          },
          [](const caf::error&) {});
    }};
  });
  for (int i = 0; i < 4; ++i)
    caf::anon_send(poster, tick_atom_v);
  // The backup begins somewhere in the middle of it.
  node.sys.run_until([&] { return handled > 50; }, 1min);
  auto before = acknowledged;
  auto committed_before = handled;
  auto copy = std::make_shared<memory>();
  auto held = node.hold();
  node.sys.run_until([&] { return handled > 200; }, 1s);
  REQUIRE(node.copy(held, *copy));
  node.let_go();

  restored twin{copy};
  twin.handlers.add("collect", [](const delivery&) { return caf::none; });
  twin.start();
  std::set<std::string> found;
  std::vector<int64_t> ends;
  for (int32_t p = 0; p < 3; ++p) {
    for (auto& value : values_in(twin, topic, p))
      CHECK(found.insert(value).second);
    ends.push_back(status_of(twin, topic, p).log_end);
  }
  CHECK(
    std::includes(found.begin(), found.end(), before.begin(), before.end()));
  auto group = twin.describe("G");
  int64_t committed = 0;
  REQUIRE(group.positions.size() == 3);
  for (const auto& x : group.positions) {
    CHECK(x.next <= ends[static_cast<size_t>(x.id.partition)]);
    committed += std::max<int64_t>(x.next, 0);
  }
  // A commit may be on its way for each record that is being handled.
  CHECK(committed + 10 >= static_cast<int64_t>(committed_before));
  caf::anon_send_exit(producer, caf::exit_reason::kill);
  caf::anon_send_exit(poster, caf::exit_reason::kill);
}

TEST_CASE("topics that come and go meanwhile do not spoil a backup") {
  auto seed = GENERATE(range(1, 9));
  CAPTURE(seed);
  original node{static_cast<uint64_t>(seed)};
  node.start();
  auto topic = node.make("messages", 2);
  REQUIRE(node.post(topic, 1, "kept"));
  node.make("gone", 3);
  auto begun = node.sys.ask<backup_actor>(node.handle, backup_atom_v);
  REQUIRE(begun);
  node.keeper = *begun;
  REQUIRE(
    node.sys.ask<topic_info>(node.handle, delete_atom_v, std::string{"gone"}));
  node.make("new", 4);
  auto held = node.sys.ask<backup_summary>(node.keeper, describe_atom_v);
  REQUIRE(held);
  auto copy = std::make_shared<memory>();
  REQUIRE(node.copy(*held, *copy));
  node.let_go();
  restored twin{copy};
  twin.start();
  CHECK(values_in(twin, topic, 1) == std::vector<std::string>{"kept"});
  auto status = twin.sys.ask<node_status>(twin.handle, status_atom_v);
  REQUIRE(status);
  CHECK(status->problems.empty());
}
