// A node's settings come from people: any text is a set of settings or a list
// of what is wrong and where, and settings read the same once written.
#include "config/settings_reader.hpp"
#include "tests/fuzz/targets/target.hpp"
#include "tests/fuzz/targets/told.hpp"

namespace troupe::fuzz {

namespace {

bool run(std::string_view input) {
  std::string text{input};
  auto topic = read_topic_settings(text, "f", {});
  must_be_told(topic, text);
  if (topic) {
    auto again = read_topic_settings(to_json_text(*topic), "f", {});
    must(again && *again == *topic, "a topic's settings changed");
  }
  auto node = read_node_settings(text, "f");
  must_be_told(node, text);
  if (!node)
    return false;
  auto again = read_node_settings(to_json_text(*node), "f");
  must(again && *again == *node, "settings changed by being written");
  return true;
}

/// Has what a node may do without, too.
node_settings node_of_cluster() {
  node_settings result;
  result.cluster.is_on = true;
  result.cluster.nodes = {"a:4160", "[::1]:4160"};
  result.tls = {"a.pem", "b.pem", "c.pem"};
  result.topics = {{"messages", 3, {}, 3}};
  return result;
}

std::vector<std::string> seeds() {
  return {to_json_text(node_settings{}), to_json_text(topic_settings{}),
          R"({// A comment, a trailing comma.
"topics": [{"name": "messages", "partitions": 3,
            "settings": {"retention_time": "7d", "cleanup": "compact"}}],
"consumers": [{"group": "SMS", "topics": ["messages"], "handler": "print",
               "count": 2, "options": {"a": [1, 2.5, null, "x"]},
               "commit": {"every": 10}, "start": {"ago": "2h"}},],
})",
          to_json_text(node_of_cluster())};
}

} // namespace

const target settings_files{"settings_files", run, nullptr, seeds};

} // namespace troupe::fuzz
