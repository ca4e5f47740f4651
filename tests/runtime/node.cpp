// The node is the door to everything: what it finds, restarts and stops decides
// whether all the other promises can be kept.
#include "tests/runtime/virtual_node.hpp"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

/// Values that handlers got, over all consumers.
using values = std::vector<std::string>;

consumer_settings consumer_of(const std::string& group) {
  consumer_settings result;
  result.group = group;
  result.topics = {"messages"};
  result.handler = "collect";
  result.group_rules.start.what = start_rule::kind::earliest;
  return result;
}

void collect_into(virtual_node& on, values& out) {
  on.handlers.add("collect", [&out](const delivery& x) -> caf::error {
    out.push_back(x.content.value.str());
    return caf::none;
  });
}

} // namespace

TEST_CASE("a topic that was created serves at once, and is found") {
  virtual_node node;
  node.start();
  auto topic = node.create("messages", 3);
  REQUIRE(topic);
  CHECK(topic->partitions() == 3);
  auto posted = node.post(*topic, 2, "hello");
  REQUIRE(posted);
  CHECK(posted->base_offset == 0);
  auto found = node.sys.ask<topic_info>(node.handle, topic_atom_v,
                                        std::string{"messages"});
  REQUIRE(found);
  CHECK(*found == *topic);
  auto status = node.sys.ask<node_status>(node.handle, status_atom_v);
  REQUIRE(status);
  CHECK(status->partitions == 3 + node.settings.coordination.shards);
  CHECK(status->problems.empty());
}

TEST_CASE("what is not there is refused with what there is") {
  virtual_node node;
  node.start();
  auto topic = node.create("messages", 3);
  REQUIRE(topic);
  auto unknown =
    node.sys.ask<topic_info>(node.handle, topic_atom_v, std::string{"mesages"});
  REQUIRE_FALSE(unknown);
  CHECK(code_of(unknown.error()) == ec::unknown_topic);
  auto beyond = node.sys.ask<partition_actor>(node.handle, locate_atom_v,
                                              topic_partition{topic->id, 3});
  REQUIRE_FALSE(beyond);
  CHECK(what(beyond.error())
        == "unknown_partition: messages-3: no such partition; the topic has 3");
  auto nameless =
    node.sys.ask<coordinator_actor>(node.handle, group_atom_v, std::string{});
  REQUIRE_FALSE(nameless);
  CHECK(code_of(nameless.error()) == ec::invalid_argument);
}

TEST_CASE("a topic grows, keeps its records, and loses them when deleted") {
  virtual_node node;
  node.start();
  auto topic = node.create("messages", 1);
  REQUIRE(topic);
  REQUIRE(node.post(*topic, 0, "kept"));
  auto grown = node.sys.ask<topic_info>(node.handle, grow_atom_v,
                                        std::string{"messages"}, int32_t{3});
  REQUIRE(grown);
  CHECK(grown->partitions() == 3);
  CHECK(node.post(*grown, 2, "new"));
  auto again = node.post(*grown, 0, "more");
  REQUIRE(again);
  CHECK(again->base_offset == 1);
  auto directory = topic_directory(*grown);
  CHECK(node.disk->list(directory)->size() == 3);
  CHECK(node.sys.ask<topic_info>(node.handle, delete_atom_v,
                                 std::string{"messages"}));
  node.sys.run();
  CHECK(node.disk->list(directory)->empty());
  auto reborn = node.create("messages", 1);
  REQUIRE(reborn);
  CHECK(reborn->id != topic->id);
  CHECK(node.post(*reborn, 0, "first")->base_offset == 0);
}

TEST_CASE("a clean stop and start: topics, records and groups are there") {
  virtual_node node;
  values read;
  collect_into(node, read);
  node.settings.topics = {{"messages", 2, {}}};
  node.settings.consumers = {{consumer_of("G"), 2}};
  node.start();
  auto topic = node.sys.ask<topic_info>(node.handle, topic_atom_v,
                                        std::string{"messages"});
  REQUIRE(topic);
  REQUIRE(node.post(*topic, 0, "a"));
  REQUIRE(node.post(*topic, 1, "b"));
  node.sys.advance(5s);
  CHECK(read.size() == 2);
  REQUIRE(node.sys.ask<caf::ok_atom>(node.handle, stop_atom_v));
  node.start();
  node.sys.advance(5s);
  CHECK_FALSE(node.has_logged("log recovered"));
  CHECK(read.size() == 2);
  auto posted = node.post(*topic, 0, "c");
  REQUIRE(posted);
  CHECK(posted->base_offset == 1);
  node.sys.advance(5s);
  CHECK(read.size() == 3);
  auto group = node.describe("G");
  CHECK(group.state == "stable");
  CHECK(group.members.size() == 2);
}

TEST_CASE("a killed node comes back with all that was acknowledged") {
  virtual_node node;
  node.start();
  auto topic = node.create("messages", 1);
  REQUIRE(topic);
  for (int i = 0; i < 20; ++i)
    REQUIRE(node.post(*topic, 0, std::to_string(i)));
  caf::anon_send_exit(node.handle, caf::exit_reason::kill);
  node.sys.run();
  node.disk->crash();
  node.start();
  auto where = node.locate(*topic, 0);
  auto status = node.sys.ask<partition_status>(where, status_atom_v);
  REQUIRE(status);
  CHECK(status->log_end == 20);
  CHECK(status->leader_epoch > 0);
}

TEST_CASE("a partition that crashes is started again") {
  virtual_node node;
  node.start();
  auto topic = node.create("messages", 1);
  REQUIRE(topic);
  REQUIRE(node.post(*topic, 0, "a"));
  auto old = node.locate(*topic, 0);
  caf::anon_send_exit(old, caf::exit_reason::kill);
  node.sys.run();
  auto away = node.sys.ask_within<partition_actor>(
    1ms, node.handle, locate_atom_v, topic_partition{topic->id, 0});
  REQUIRE_FALSE(away);
  CHECK(code_of(away.error()) == ec::not_available);
  node.sys.advance(1s);
  auto posted = node.post(*topic, 0, "b");
  REQUIRE(posted);
  CHECK(posted->base_offset == 1);
}

TEST_CASE("coordinators, shards and consumers that crash do not stop a group") {
  virtual_node node{7};
  values read;
  collect_into(node, read);
  node.settings.topics = {{"messages", 2, {}}};
  node.settings.consumers = {{consumer_of("G"), 1}};
  node.start();
  node.sys.advance(1s);
  auto topic = node.sys.ask<topic_info>(node.handle, topic_atom_v,
                                        std::string{"messages"});
  REQUIRE(topic);
  size_t posted = 0;
  auto goes_on = [&] {
    REQUIRE(node.post(*topic, 0, std::to_string(++posted)));
    node.sys.advance(30s);
    CHECK(read.size() == posted);
  };
  goes_on();
  auto coordinator = node.sys.ask<coordinator_actor>(node.handle, group_atom_v,
                                                     std::string{"G"});
  REQUIRE(coordinator);
  caf::anon_send_exit(*coordinator, caf::exit_reason::kill);
  goes_on();
  auto offsets = node.sys.ask<topic_info>(node.handle, topic_atom_v,
                                          std::string{offsets_topic});
  REQUIRE(offsets);
  for (int32_t p = 0; p < offsets->partitions(); ++p)
    caf::anon_send_exit(node.locate(*offsets, p), caf::exit_reason::kill);
  goes_on();
  CHECK(node.describe("G").state == "stable");
}

TEST_CASE("a consumer whose handler is unknown is a problem that is shown") {
  virtual_node node;
  auto settings = consumer_of("G");
  settings.handler = "no_such";
  node.settings.consumers = {{settings, 1}};
  node.settings.topics = {{"messages", 1, {}}};
  node.start();
  auto status = node.sys.ask<node_status>(node.handle, status_atom_v);
  REQUIRE(status);
  REQUIRE(status->problems.size() == 1);
  CHECK(status->problems[0].find("no_such") != std::string::npos);
}

TEST_CASE("a damaged log keeps its partition offline, the others serve") {
  virtual_node node;
  node.start();
  auto topic = node.create("messages", 2);
  REQUIRE(topic);
  for (int i = 0; i < 10; ++i) {
    REQUIRE(node.post(*topic, 0, "record"));
    REQUIRE(node.post(*topic, 1, "record"));
  }
  caf::anon_send_exit(node.handle, caf::exit_reason::kill);
  node.sys.run();
  auto directory = topic_directory(*topic) + "/0";
  auto names = node.disk->list(directory);
  REQUIRE(names);
  for (const auto& file : *names)
    if (file.size() > 4 && file.substr(file.size() - 4) == ".log") {
      auto content = node.disk->read_all(directory + "/" + file);
      REQUIRE(content);
      (*content)[100] ^= 1;
      REQUIRE_FALSE(node.disk->replace(directory + "/" + file, *content, true));
    }
  node.start();
  node.sys.advance(1s);
  auto status = node.sys.ask<node_status>(node.handle, status_atom_v);
  REQUIRE(status);
  CHECK(status->partitions_offline == 1);
  REQUIRE(status->problems.size() == 1);
  CHECK(status->problems[0].find("messages-0") != std::string::npos);
  CHECK(node.post(*topic, 1, "more"));
}

TEST_CASE("a node whose metadata is damaged says so and ends") {
  virtual_node node;
  node.start();
  REQUIRE(node.create("one", 1));
  REQUIRE(node.create("two", 1));
  caf::anon_send_exit(node.handle, caf::exit_reason::kill);
  node.sys.run();
  auto names = node.disk->list("metadata");
  REQUIRE(names);
  for (const auto& file : *names)
    if (file.ends_with(".log")) {
      auto content = node.disk->read_all("metadata/" + file);
      REQUIRE(content);
      (*content)[70] ^= 1;
      REQUIRE_FALSE(node.disk->replace("metadata/" + file, *content, true));
    }
  node.start();
  auto status = node.sys.ask<node_status>(node.handle, status_atom_v);
  REQUIRE_FALSE(status);
  CHECK(node.has_logged("corrupt_log"));
}
