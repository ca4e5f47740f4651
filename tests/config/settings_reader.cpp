// A node must start with exactly what its file says, or not at all: defaults,
// every bound, everything that has to go together.
#include "config/settings_reader.hpp"

#include <fstream>
#include <sstream>

#include "config/rules.hpp"
#include "tests/catch.hpp"
#include "tests/config/manual.hpp"
#include "tests/source_tree.hpp"

using namespace troupe;

namespace {

std::string error_of(const std::string& text) {
  return to_string(read_node_settings(text, "f").errors());
}

/// A node with one topic and one consumer that has these settings, too.
std::string with_consumer(const std::string& more) {
  return R"({"topics": [{"name": "t"}], "consumers": [)"
         R"({"group": "g", "topics": ["t"])"
         + (more.empty() ? "" : ", " + more) + "}]}";
}

consumer_settings consumer_of(const std::string& more) {
  auto node = read_node_settings(with_consumer(more), "f");
  INFO(to_string(node.errors()));
  REQUIRE(node);
  return node->consumers.at(0).settings;
}

/// A value unlike the default in every field.
node_settings everything_changed() {
  node_settings x;
  x.node_id = 7;
  x.data_directory = "elsewhere";
  x.listen_address = "0.0.0.0";
  x.listen_port = 99;
  x.insecure = true;
  x.format = log_format::json;
  x.level = log_level::debug;
  x.stop_timeout = 31s;
  x.partitions_max = 999;
  x.topic_defaults = {
    1 * mib, 2h, cleanup_policy::compact, 3h, 4 * mib, 5h, 2 * mib, 7 * kib, 2};
  x.partition = {11, 12, 13 * kib, 14, 15s, 16 * mib, 17 * mib};
  x.coordination = {17, 18, 19, 20s};
  x.cluster = {
    true, "n7:99", "r1", {"n7:99", "n8:99"}, 5,  4,     3,   4s, 900ms, 100ms,
    12s,  400ms,   mib,  100 * mib,          7s, 800ms, 90ms};
  x.tls = {"a.pem", "b.pem", "c.pem"};
  x.producer = {acks::leader, 21 * kib, 22ms,  23 * mib,        24, 25s, 5s,
                27ms,         28s,      false, {codec::zstd, 9}};
  topic_spec topic{"t", 4, x.topic_defaults, 5};
  topic.settings.retention_time = 29h;
  x.topics = {topic, {"u", 1, {}}};
  consumers_spec y;
  y.settings = {"g",
                {"t", "u"},
                "webhook",
                {{"url", "http://localhost"}, {"empty", ""}},
                {{start_rule::kind::ago, 7'200'000}, false, "range", 30h, 2.5},
                "",
                {commit_policy::kind::interval, 1, 250ms},
                5,
                2,
                31 * kib,
                32 * kib,
                33,
                34ms,
                2s,
                9s,
                35s,
                36s,
                37s,
                38ms,
                39s,
                {failure_policy::kind::dead, 41, 42, 43s}};
  y.count = 3;
  x.consumers = {y, y};
  x.consumers[1].count = 1;
  x.consumers[1].settings.instance_id = "one";
  return x;
}

} // namespace

TEST_CASE("an empty object has every default") {
  auto x = read_node_settings("{}", "f");
  REQUIRE(x);
  CHECK(*x == node_settings{});
}

TEST_CASE("settings read back as they were written") {
  for (const auto& x : {node_settings{}, everything_changed()}) {
    auto text = to_json_text(x);
    INFO(text);
    auto y = read_node_settings(text, "f");
    INFO(to_string(y.errors()));
    REQUIRE(y);
    CHECK(*y == x);
    CHECK(to_json_text(*y) == text);
  }
}

TEST_CASE("every setting is in the text and in the manual") {
  auto text = to_json_text(everything_changed());
  for (const auto& row : settings_table()) {
    auto key = row.path.substr(row.path.find_last_of(".") + 1);
    INFO(row.path);
    CHECK(text.find("\"" + key + "\": ") != text.npos);
    CHECK_FALSE(row.meaning.empty());
  }
}

TEST_CASE("topics have the node's defaults, wherever those stand in the file") {
  auto x = read_node_settings(
    R"({"topics": [{"name": "a", "settings": {"cleanup": "compact"}}],
        "topic_defaults": {"retention_time": "7d"}})",
    "f");
  REQUIRE(x);
  CHECK(x->topics.at(0).settings.retention_time == std::chrono::hours{168});
  CHECK(x->topics.at(0).settings.cleanup == cleanup_policy::compact);
  CHECK(x->topic_defaults.cleanup == cleanup_policy::remove);
}

TEST_CASE("start rules and commit policies have their shapes") {
  using start = start_rule::kind;
  using commit = commit_policy::kind;
  auto start_of = [](const std::string& x) {
    return consumer_of(R"("start": )" + x).group_rules.start;
  };
  auto commit_of = [](const std::string& x) {
    return consumer_of(R"("commit": )" + x).commit;
  };
  CHECK(start_of(R"("latest")") == start_rule{start::latest, 0});
  CHECK(start_of(R"("earliest")") == start_rule{start::earliest, 0});
  CHECK(start_of(R"({"offset": 7})") == start_rule{start::offset, 7});
  CHECK(start_of(R"({"timestamp": "2026-01-01T00:00:00Z"})")
        == start_rule{start::timestamp, 1'767'225'600'000});
  CHECK(start_of(R"({"timestamp": 5})") == start_rule{start::timestamp, 5});
  CHECK(start_of(R"({"ago": "2h"})") == start_rule{start::ago, 7'200'000});
  CHECK(commit_of(R"("each")") == commit_policy{});
  CHECK(commit_of(R"("before")").what == commit::before);
  CHECK(commit_of(R"({"every": 5})").count == 5);
  CHECK(commit_of(R"({"interval": "2s"})").interval == 2s);
}

TEST_CASE("a bad setting is told with its place and what would be good") {
  struct row {
    std::string text;
    std::string error;
  };
  std::vector<row> rows = {
    {"[]", "f:1:1: $: expected an object, the settings of a node, found []\n"},
    {R"({"listen_prot": 1})", "f:1:17: $.listen_prot: unknown key "
                              "'listen_prot'; did you mean 'listen_port'?\n"},
    {R"({"listen_port": 70000})", "f:1:17: $.listen_port: expected a whole "
                                  "number from 0 to 65535, found 70000\n"},
    {R"({"node_id": 0, "insecure": "no"})",
     "f:1:13: $.node_id: expected a whole number from 1 to 2147483647, found "
     "0\n"
     "f:1:28: $.insecure: expected true or false, found \"no\"\n"},
    {R"({"listen_address": "0.0.0.0"})",
     "f:1:20: $.listen_address: '0.0.0.0' can be reached from other machines, "
     "and there is neither encryption nor a password: use 127.0.0.1, set "
     "\"tls\", or set \"insecure\": true if everyone in that network may read "
     "and write all topics\n"},
    {R"({"topics": [{"partitions": 3}]})",
     "f:1:13: $.topics[0]: 'name' is missing\n"},
    {R"({"topics": [{"name": "a"}, {"name": "a"}]})",
     "f:1:37: $.topics[1].name: topic 'a' is here for the second time, first "
     "at $.topics[0]\n"},
    {R"({"topics": [{"name": "a b"}]})",
     "f:1:22: $.topics[0].name: 'a b' cannot name a topic: expected 1 to 249 "
     "letters, digits, '.', '_' or '-'\n"},
    {R"({"topics": [{"name": "__x"}]})",
     "f:1:22: $.topics[0].name: '__x' cannot name a topic: '__' is for "
     "internal ones\n"},
    {R"({"partitions_max": 5, "topics": [{"name": "a", "partitions": 6}]})",
     "f:1:33: $.topics: expected at most 5 partitions in all (partitions_max), "
     "found 6\n"},
    {R"({"topics": [{"name": "messages"}],
  "consumers": [{"group": "g", "topics": ["mesages", "other"]}]})",
     "f:2:43: $.consumers[0].topics[0]: topic 'mesages' is not in $.topics; "
     "did you mean 'messages'?\n"
     "f:2:54: $.consumers[0].topics[1]: topic 'other' is not in $.topics: add "
     "it there (one that exists stays as it is)\n"},
    {R"({"topics": [{"name": "a"}], "consumers": [{"group": "my group",
  "topics": ["a"], "on_failure": "dead"}]})",
     "f:2:34: $.consumers[0].on_failure: \"dead\" wants a topic 'a.my "
     "group.replay', which cannot be: 'a.my group.replay' cannot name a topic: "
     "expected 1 to 249 letters, digits, '.', '_' or '-'\n"},
    {R"({"topics": [{"name": "a"}], "consumers": [{"group": "my group",
  "topics": ["a"], "on_failure": "park", "commit": "before"}]})",
     "f:2:34: $.consumers[0].on_failure: \"park\" does not go with \"commit\": "
     "\"before\": the order of a key would end with a crash\n"
     "f:2:34: $.consumers[0].on_failure: \"park\" wants a topic 'a.my "
     "group.replay', which cannot be: 'a.my group.replay' cannot name a topic: "
     "expected 1 to 249 letters, digits, '.', '_' or '-'\n"},
    {R"({"producer": {"request_timeout": "5m", "batch_bytes": "2MiB"}})",
     "f:1:1: $.topic_defaults.record_bytes_max: expected at least "
     "producer.batch_bytes, which is 2MiB, found 1MiB\n"
     "f:1:34: $.producer.request_timeout: expected at most delivery_timeout, "
     "which is 2m, found 5m\n"},
    {with_consumer(R"("commit": {"evry": 3})"),
     "f:1:85: $.consumers[0].commit: expected when to commit: \"each\", "
     "{\"every\": 10}, {\"interval\": \"1s\"} or \"before\", found "
     "{\"evry\":3}\n"},
    {with_consumer(R"("commit": {"every": 0})"),
     "f:1:95: $.consumers[0].commit.every: expected a whole number from 1 to "
     "1000000, found 0\n"},
    {with_consumer(R"("start": "newest")"),
     "f:1:84: $.consumers[0].start: expected a start: \"latest\", "
     "\"earliest\", {\"offset\": 7}, {\"timestamp\": "
     "\"2026-01-01T00:00:00Z\"} or {\"ago\": \"2h\"}, found \"newest\"\n"},
    {with_consumer(R"("drain_timeout": "1m", "handler_timeout": "61s")"),
     "f:1:92: $.consumers[0].drain_timeout: expected less than "
     "rebalance_timeout, which is 1m, found 1m\n"
     "f:1:117: $.consumers[0].handler_timeout: expected at most drain_timeout, "
     "which is 1m, found 61s\n"},
    {with_consumer(R"("heartbeat_interval": "2s")"),
     "f:1:97: $.consumers[0].heartbeat_interval: expected less than half of "
     "session_timeout, which is 1500ms, found 2s\n"},
    {with_consumer(R"("fetch_bytes_min": "1MiB")"),
     "f:1:94: $.consumers[0].fetch_bytes_min: expected at most "
     "fetch_bytes_max, which is 256KiB, found 1MiB\n"},
    {with_consumer(R"("instance_id": "a", "count": 2)"),
     "f:1:104: $.consumers[0].count: expected 1, because an instance_id names "
     "one consumer, found 2\n"},
    {R"({"topics": [{"name": "t"}], "consumers": [
  {"group": "g", "topics": ["t"]},
  {"group": "g", "topics": ["t"], "start": "earliest"}]})",
     "f:3:44: $.consumers[1].start: expected \"latest\", as $.consumers[0] has "
     "it for the same group 'g', found \"earliest\"\n"},
    {R"({"consumers": [{"group": "g", "topics": []}]})",
     "f:1:41: $.consumers[0].topics: expected at least one topic, found "
     "none\n"},
  };
  for (const auto& x : rows) {
    INFO(x.text);
    CHECK(error_of(x.text) == x.error);
  }
}

TEST_CASE("an address that others can reach is taken when it is asked for") {
  CHECK(read_node_settings(R"({"listen_address": "0.0.0.0", "insecure": true})",
                           "f"));
  CHECK(read_node_settings(R"({"listen_address": "0.0.0.0", "listen_port": 0})",
                           "f"));
  for (auto x : {"127.0.0.1", "127.8.9.1", "localhost", "::1", "[::1]"})
    CHECK(is_loopback(x));
  for (auto x : {"", "0.0.0.0", "10.0.0.1", "::", "127.evil.example.org",
                 "127.0.0.1.example.org", "example.org"})
    CHECK_FALSE(is_loopback(x));
}

TEST_CASE("a live change of a topic is read over what it has") {
  topic_settings base;
  base.retention_bytes = 5 * mib;
  auto x = read_topic_settings(R"({"retention_time": "7d"})", "--set", base);
  REQUIRE(x);
  base.retention_time = std::chrono::hours{168};
  CHECK(*x == base);
  CHECK(to_string(
          read_topic_settings(R"({"retention": "7d"})", "--set", base).errors())
        == "--set:1:15: $.retention: unknown key 'retention'; did you mean "
           "'retention_time'?\n");
}

TEST_CASE("the configuration that ships is good") {
  auto x = load_node_settings(source_path("config/single_node.json"));
  INFO(to_string(x.errors()));
  REQUIRE(x);
  CHECK(x->topics == std::vector<topic_spec>{{"messages", 3, {}}});
  REQUIRE(x->consumers.size() == 2);
  CHECK(x->consumers[0].settings.group == "SMSGroup");
  CHECK(x->consumers[0].count == 2);
  CHECK(x->consumers[1].settings.group == "EmailGroup");
  CHECK(x->consumers[1].count == 1);
}

TEST_CASE("config/README.md lists every setting as the code has it") {
  check_generated_part(source_path("config/README.md"),
                       to_markdown(settings_table()));
}

TEST_CASE("compression is a codec, with a level if need be") {
  auto read = [](const std::string& x) {
    return read_node_settings(
      R"({"producer": {"compression": ")" + x + R"("}})", "f");
  };
  struct row {
    const char* text;
    compression value;
  };
  for (const auto& x :
       {row{"none", {}}, row{"gzip", {codec::gzip}},
        row{"gzip:9", {codec::gzip, 9}}, row{"snappy", {codec::snappy}},
        row{"lz4:12", {codec::lz4, 12}}, row{"zstd:1", {codec::zstd, 1}}}) {
    INFO(x.text);
    auto settings = read(x.text);
    REQUIRE(settings);
    CHECK(settings->producer.compression == x.value);
    CHECK(to_json(x.value) == x.text);
  }
  for (const auto& x : {"", "ZSTD", "zstd:", "zstd:0", "zstd:20", "zstd:1x",
                        "zstd:-1", "none:1", "snappy:1", "lz4:13", "gzip:10",
                        "gzip:99999999999", "brotli"}) {
    INFO(x);
    CHECK_FALSE(read(x));
  }
  auto refused = read("brotli");
  REQUIRE_FALSE(refused);
  CHECK(to_string(refused.errors())
        == "f:1:30: $.producer.compression: expected \"none\", \"gzip\", "
           "\"snappy\", \"lz4\" or \"zstd\", with a level if need be: "
           "\"gzip:1\" to 9, \"lz4:1\" to 12, \"zstd:1\" to 19, found "
           "\"brotli\"\n");
}
