// What Prometheus reads: names, labels, and what must not be said when it is
// not known.
#include "runtime/http/exposition.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

#include "runtime/http/snapshot.hpp"
#include "tests/catch.hpp"
#include "tests/source_tree.hpp"

using namespace troupe;
using namespace troupe::http;
using namespace std::chrono_literals;

namespace {

/// A topic with two partitions, one of which is elsewhere; a group that reads
/// it, and its dead letters.
struct sample : survey {
  sample() {
    node.node_id = 7;
    node.version = "0.1.0";
    node.now_ms = 100'000;
    node.started_ms = 40'000;
    node.disk_free_bytes = -1;
    add_topic("messages", 2);
    add_topic("messages.SMSGroup.dead", 1);
    auto& first = partitions["messages"][0];
    first.high_watermark = 12;
    first.appended_records = 12;
    partitions["messages"][1].failure = "it did not answer";
    auto& letters = partitions["messages.SMSGroup.dead"][0];
    letters.log_start = 3;
    letters.high_watermark = 5;
    surveyed_group group;
    group.about.group = "SMSGroup";
    group.about.state = "stable";
    group.about.events = 4;
    group_position position;
    position.topic = "messages";
    position.next = 10;
    position.high_watermark = 12;
    position.oldest_ms = 97'500;
    position.owner = "SMSGroup-1";
    group.about.positions.push_back(position);
    position.id.partition = 1;
    position.high_watermark = -1;
    group.about.positions.push_back(position);
    groups.push_back(group);
    consumer_status consumer;
    consumer.group = "SMSGroup";
    consumer.name = "say \"hi\"\n";
    consumer.handler = "sms";
    consumer.handled = 10;
    consumer.activity = "circuit open";
    consumer.handling.add(2ms);
    consumer.handling.add(90s);
    consumers.push_back(consumer);
  }

  void add_topic(const std::string& name, size_t count) {
    topic_info x;
    x.name = name;
    x.created_index.resize(count);
    topics.push_back(x);
    auto& all = partitions[name];
    all.resize(count);
    for (size_t i = 0; i < count; ++i)
      all[i].id.partition = static_cast<int32_t>(i);
  }
};

bool has(const std::string& text, const std::string& line) {
  return text.find("\n" + line + "\n") != std::string::npos;
}

} // namespace

TEST_CASE("metrics: what is known is there") {
  auto text = exposition_of(sample{});
  for (const auto* line : {
         "# TYPE troupe_partition_high_watermark gauge",
         "troupe_partition_high_watermark{topic=\"messages\",partition=\"0\"} "
         "12",
         "# TYPE troupe_partition_appended_records_total counter",
         "troupe_group_lag_records{group=\"SMSGroup\",topic=\"messages\","
         "partition=\"0\"} 2",
         "troupe_group_oldest_unprocessed_age_seconds{group=\"SMSGroup\","
         "topic=\"messages\",partition=\"0\"} 2.5",
         "troupe_group_dead_letters{group=\"SMSGroup\",topic=\"messages\"} 2",
         "troupe_group_rebalances_total{group=\"SMSGroup\"} 4",
         "troupe_node_start_time_seconds 40",
       }) {
    INFO(text << "\n" << line);
    CHECK(has(text, line));
  }
}

TEST_CASE("metrics: a consumer's name cannot break a line, and its handler's "
          "times are a histogram") {
  auto text = exposition_of(sample{});
  auto labels = R"(group="SMSGroup",consumer="say \"hi\"\n",handler="sms")";
  auto name = std::string{"troupe_consumer_handling_duration_seconds"};
  INFO(text);
  CHECK(has(text, name + "_bucket{" + labels + R"(,le="0.001"} 0)"));
  CHECK(has(text, name + "_bucket{" + labels + R"(,le="0.0025"} 1)"));
  CHECK(has(text, name + "_bucket{" + labels + R"(,le="60"} 1)"));
  CHECK(has(text, name + "_bucket{" + labels + R"(,le="+Inf"} 2)"));
  CHECK(has(text, name + "_count{" + labels + "} 2"));
  CHECK(has(text, name + "_sum{" + labels + "} 90.002"));
  CHECK(
    has(text, std::string{"troupe_consumer_circuit_open{"} + labels + "} 1"));
}

TEST_CASE("metrics: what is not known is left out, not 0") {
  auto text = exposition_of(sample{});
  for (const auto* part : {
         "troupe_partition_high_watermark{topic=\"messages\",partition=\"1\"}",
         "troupe_group_lag_records{group=\"SMSGroup\",topic=\"messages\","
         "partition=\"1\"}",
         "troupe_node_disk_free_bytes",
         "troupe_controller_term",
       })
    CHECK(text.find(part) == std::string::npos);
  sample unsure;
  unsure.groups[0].about.positions[0].oldest_ms = -1;
  CHECK(exposition_of(unsure).find("oldest_unprocessed_age_seconds{")
        == std::string::npos);
}

TEST_CASE("metrics: an answer with other buckets does no harm") {
  sample x;
  x.consumers[0].handling.counts.assign(100, 1);
  CHECK(exposition_of(x).find("le=\"+Inf\"} 17") != std::string::npos);
  x.consumers[0].handling.counts.assign(1, 1);
  CHECK(exposition_of(x).find("le=\"+Inf\"} 1\n") != std::string::npos);
}

TEST_CASE("snapshot: what a page shows") {
  auto x = snapshot_of(sample{});
  const auto& dead = x.at("dead").as_array();
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].at("letters").as_int64() == 2);
  const auto& group = x.at("groups").as_array()[0];
  CHECK(group.at("events").as_int64() == 4);
  CHECK(group.at("positions").as_array()[0].at("oldest_ms").as_int64()
        == 97'500);
  CHECK(group.at("positions").as_array()[1].at("lag").is_null());
  CHECK(x.at("topics").as_array()[0].at("partitions").as_array().size() == 2);
}

TEST_CASE("metrics: README.md has them all") {
  sample x;
  x.metrics.peers = 2;
  x.metrics.lags.push_back({{}, 2, 3, 4});
  x.node.disk_free_bytes = 1;
  auto& replica = x.partitions["messages"][0];
  replica.leader = 1;
  std::ifstream in{source_path("runtime/http/README.md")};
  std::string readme(std::istreambuf_iterator<char>{in}, {});
  std::istringstream lines{exposition_of(x)};
  size_t count = 0;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("# HELP ")) {
      ++count;
      line.erase(0, 7);
      CHECK(readme.find("`" + line.substr(0, line.find(' ')) + "`")
            != std::string::npos);
    }
  CHECK(count > 60);
}
