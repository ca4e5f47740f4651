// The checker's own look at the disk: what a node wrote must be found in it,
// and what a crash left behind the last batch must not.
#include "tests/checker/disk_image.hpp"

#include "tests/runtime/virtual_node.hpp"

using namespace troupe;
using namespace troupe::checker;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

consumer_settings reader_of(const std::string& topic) {
  consumer_settings result;
  result.group = "G";
  result.topics = {topic};
  result.handler = "nothing";
  result.group_rules.start.what = start_rule::kind::earliest;
  return result;
}

} // namespace

TEST_CASE("a disk image shows records, positions and topics") {
  virtual_node node;
  node.handlers.add("nothing",
                    [](const delivery&) -> caf::error { return caf::none; });
  node.settings.topics = {{"t", 2, {}}};
  node.settings.consumers = {{reader_of("t"), 1}};
  node.start();
  auto topic =
    node.sys.ask<topic_info>(node.handle, topic_atom_v, std::string{"t"});
  REQUIRE(topic);
  for (auto value : {"a", "b", "c"})
    REQUIRE(node.post(*topic, 1, value));
  node.sys.advance(1s);
  auto image = read_disk(*node.disk);
  CHECK(image.problems.empty());
  REQUIRE(image.logs.size() == 2);
  CHECK(image.logs[0].end == 0);
  CHECK(image.logs[1].where == place{"t", 1});
  CHECK(image.logs[1].end == 3);
  REQUIRE(image.logs[1].records.size() == 3);
  CHECK(image.logs[1].records[2] == std::pair<int64_t, std::string>{2, "c"});
  REQUIRE(image.positions.positions.size() == 2);
  CHECK(image.positions.positions[0].start == 0);
  CHECK(image.positions.positions[1].next == 3);
  CHECK(image.topics.topic_count() == 2);
}

TEST_CASE("a disk image ends where something else than a batch begins") {
  virtual_node node;
  node.start();
  auto topic = node.create("t", 1);
  REQUIRE(topic);
  for (auto value : {"a", "b", "c"})
    REQUIRE(node.post(*topic, 0, value));
  auto path = topic_directory(*topic) + "/0/00000000000000000000.log";
  auto content = node.disk->content(path);
  REQUIRE_FALSE(content.empty());
  content.back() ^= 1;
  node.disk->set_content(path, content);
  auto image = read_disk(*node.disk);
  REQUIRE(image.logs.size() == 1);
  CHECK(image.logs[0].end == 2);
}
