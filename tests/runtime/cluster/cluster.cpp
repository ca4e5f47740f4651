// Whole nodes as a cluster: what users see of it is what a single node does,
// but that it goes on when a node is gone.
#include <algorithm>
#include <map>
#include <set>

#include "runtime/simulation/cluster/virtual_cluster.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::simulation;
using namespace std::chrono_literals;

namespace {

struct three : virtual_cluster {
  explicit three(uint64_t seed = 0) : virtual_cluster(seed) {
    settings.topics = {{"messages", 3, {}}};
    handlers.add("collect", [this](const delivery& x) -> caf::error {
      ++got[x.content.value.str()];
      order[x.id.partition].push_back(x.offset);
      return caf::none;
    });
    start(1, true);
    start(2);
    start(3);
    if (!until([this] { return is_healthy(3); }))
      FAIL(picture());
  }

  consumer_settings group(const std::string& name) {
    consumer_settings result;
    result.group = name;
    result.topics = {"messages"};
    result.handler = "collect";
    result.group_rules.start.what = start_rule::kind::earliest;
    return result;
  }

  void post(const producer_actor& who, const std::string& value) {
    posting x;
    x.topic = "messages";
    x.content.key = bytes{value};
    x.content.value = bytes{value};
    auto answer = ask<record_metadata>(who, post_atom_v, x);
    if (!answer)
      FAIL(what(answer.error()) << "\n" << picture());
    posted.insert(value);
  }

  bool all_arrived() const {
    return std::all_of(posted.begin(), posted.end(),
                       [this](const auto& x) { return got.count(x) > 0; });
  }

  uint32_t leader_of_controllers(uint32_t asked) {
    auto seen = ask<cluster_status>(at(asked), nodes_atom_v);
    return seen ? seen->leader : 0;
  }

  /// As node 2 knows it.
  size_t replicas_of(uint32_t node) {
    size_t result = 0;
    auto all = ask<std::vector<topic_info>>(at(2), topics_atom_v);
    REQUIRE(all);
    for (const auto& each : *all)
      for (const auto& x : each.placement)
        result += std::count(x.replicas.begin(), x.replicas.end(), node);
    return result;
  }

  std::map<std::string, int> got;
  std::map<int32_t, std::vector<int64_t>> order;
  std::set<std::string> posted;
};

} // namespace

TEST_CASE_METHOD(three, "records posted at one node arrive at another") {
  auto poster = producer(2);
  auto reader = consumer(3, group("SMS"));
  for (int i = 0; i < 20; ++i)
    post(poster, std::to_string(i));
  CHECK(until([this] { return all_arrived(); }));
  for (const auto& [value, times] : got)
    CHECK(times == 1);
  // Each node comes to lead its share of the eight partitions.
  net.advance(10s);
  std::map<uint32_t, int> leads;
  for (const auto* name : {"messages", offsets_topic})
    for (const auto& x : topic(1, name).placement)
      ++leads[x.leader];
  for (uint32_t id : {1, 2, 3})
    CHECK(leads[id] >= 2);
}

TEST_CASE_METHOD(three, "whichever node is killed, posting and reading go on") {
  for (uint32_t victim : {1, 2, 3}) {
    auto other = victim % 3 + 1;
    auto poster = producer(other);
    auto reader = consumer(other, group("SMS"));
    for (int i = 0; i < 10; ++i)
      post(poster, std::to_string(victim * 1000 + i));
    CHECK(until([this] { return all_arrived(); }));
    auto began = net.now();
    kill(victim);
    for (int i = 10; i < 20; ++i)
      post(poster, std::to_string(victim * 1000 + i));
    CHECK(net.now() - began < 3s);
    CHECK(until([this] { return all_arrived(); }));
    start(victim);
    if (!until([this] { return is_healthy(3); }))
      FAIL(picture());
    ask<caf::ok_atom>(reader, stop_atom_v, false);
  }
}

TEST_CASE_METHOD(three, "a group's members keep what they own when its "
                        "coordinator moves") {
  auto one = consumer(1, group("SMS"));
  auto two = consumer(2, group("SMS"));
  auto poster = producer(1);
  for (int i = 0; i < 10; ++i)
    post(poster, std::to_string(i));
  CHECK(until([this] { return all_arrived(); }));
  auto holdings = [&](const consumer_actor& x) {
    std::set<int32_t> result;
    auto seen = ask<consumer_status>(x, status_atom_v);
    if (seen)
      for (const auto& y : seen->partitions)
        result.insert(y.id.partition);
    return result;
  };
  auto before = std::make_pair(holdings(one), holdings(two));
  // The node that coordinates, unless a consumer lives on it.
  kill(3);
  net.advance(5s);
  for (int i = 10; i < 20; ++i)
    post(poster, std::to_string(i));
  CHECK(until([this] { return all_arrived(); }));
  CHECK(before == std::make_pair(holdings(one), holdings(two)));
}

TEST_CASE_METHOD(three, "a node that stops hands over first") {
  auto poster = producer(1);
  post(poster, "before");
  auto victim = leader_of_controllers(1) == 3 ? 2u : 3u;
  stop(victim);
  auto began = net.now();
  for (int i = 0; i < 10; ++i)
    post(poster, std::to_string(i));
  // Nobody had to be missed first.
  CHECK(net.now() - began < 1s);
  start(victim);
  CHECK(until([this] { return is_healthy(3); }));
}

TEST_CASE_METHOD(three, "all lose their power at once, and go on") {
  auto poster = producer(1);
  for (int i = 0; i < 10; ++i)
    post(poster, std::to_string(i));
  for (uint32_t id : {1, 2, 3})
    cut_power(id);
  for (uint32_t id : {1, 2, 3})
    start(id);
  if (!until([this] { return is_healthy(3); }))
    FAIL(picture());
  auto reader = consumer(2, group("SMS"));
  CHECK(until([this] { return all_arrived(); }));
}

TEST_CASE_METHOD(three, "what is moved off a node that is down goes from its "
                        "disk when it comes back") {
  start(4);
  net.advance(3s);
  auto poster = producer(2);
  for (int i = 0; i < 10; ++i)
    post(poster, std::to_string(i));
  auto directories = [&] {
    size_t result = 0;
    auto topics = disk(1).list("topics");
    REQUIRE(topics);
    for (const auto& topic : *topics)
      result += disk(1).list("topics/" + topic)->size();
    return result;
  };
  kill(1);
  REQUIRE(directories() > 0);
  cluster_order drain;
  drain.what = cluster_order::kind::drain;
  drain.node = 1;
  REQUIRE(until([&] {
    return static_cast<bool>(ask<caf::ok_atom>(at(2), order_atom_v, drain));
  }));
  if (!until([&] { return replicas_of(1) == 0 && is_healthy(3); }))
    FAIL(picture());
  CHECK(directories() > 0);
  start(1);
  CHECK(until([&] { return directories() == 0; }));
}

TEST_CASE_METHOD(three, "a fourth node takes over from one that is drained") {
  start(4);
  net.advance(3s);
  auto poster = producer(2);
  for (int i = 0; i < 10; ++i)
    post(poster, std::to_string(i));
  cluster_order drain;
  drain.what = cluster_order::kind::drain;
  drain.node = 1;
  REQUIRE(ask<caf::ok_atom>(at(2), order_atom_v, drain));
  if (!until([&] { return replicas_of(1) == 0 && is_healthy(3); }))
    FAIL(picture());
  CHECK(replicas_of(4) > 0);
  auto reader = consumer(4, group("SMS"));
  CHECK(until([this] { return all_arrived(); }));
}
