// A monitoring system stores what is here by name: a field that goes, or a sum
// that counts a node twice, breaks somebody's alarms.
#include "runtime/cli/cluster_metrics.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::cli;

namespace {

/// Three nodes, of which node 1 leads all, and node 3 is down.
struct cluster {
  cluster() {
    x.status.leader = 1;
    x.status.term = 7;
    x.status.metadata_index = 40;
    for (uint32_t id : {1, 2, 3}) {
      node_info node;
      node.id = id;
      node.is_fenced = id == 3;
      x.status.nodes.push_back(node);
      x.status.members.push_back({id, "", id == 3 ? "standby" : "voter"});
    }
    topic.id = {1, 2};
    topic.name = "messages";
    topic.placement = {{{1, 2, 3}, {1, 2}, 1, 4, 9, {}}};
    x.min_insync_replicas = 2;
    for (uint32_t id : {1, 2}) {
      node_metrics node;
      node.node_id = id;
      node.controller.elections_won = id;
      node.controller.leaving = {2};
      node.replication = {10, 20, 1, 2, 3};
      node.links.open = 2;
      node.links.bytes_sent = 100;
      node.links.refused_tls = 1;
      x.nodes[id] = node;
    }
    x.nodes[1].lags = {{{topic.id, 0}, 3, 12, 3400}};
    x.unreached[3] = "it is down";
  }

  boost::json::object view() {
    x.topics = {topic};
    return to_json(x);
  }

  boost::json::object partition() {
    return view()["partitions"].at("details").at(0).as_object();
  }

  cluster_metrics x;
  topic_info topic;
};

} // namespace

TEST_CASE("metrics of a cluster: nodes are counted by how they are") {
  cluster x;
  auto all = x.view();
  CHECK(all["controllers"]
        == boost::json::object{{"leader", 1},
                               {"term", 7},
                               {"metadata_index", 40},
                               {"voters", 2},
                               {"observers", 1},
                               {"elections", 3}});
  const auto& nodes = all["nodes"];
  CHECK(nodes.at("count") == 3);
  CHECK(nodes.at("alive") == 2);
  CHECK(nodes.at("fenced") == 1);
  CHECK(nodes.at("leaving") == 1);
  CHECK(nodes.at("unreached") == 1);
  CHECK(nodes.at("details").at(1).at("leaving") == true);
  CHECK(nodes.at("details").at(1).at("unreached").is_null());
  CHECK(nodes.at("details").at(2).at("metrics").is_null());
  CHECK(nodes.at("details").at(2).at("unreached") == "it is down");
}

TEST_CASE("metrics of a cluster: totals are the sum over its nodes") {
  cluster x;
  auto all = x.view();
  CHECK(all["replication"]
        == boost::json::object{{"bytes_in", 20},
                               {"bytes_out", 40},
                               {"elections_won", 2},
                               {"in_sync_shrinks", 4},
                               {"in_sync_expands", 6}});
  CHECK(all["links"].at("open") == 4);
  CHECK(all["links"].at("bytes_sent") == 200);
  CHECK(all["links"].at("refused_tls") == 2);
}

TEST_CASE("metrics of a cluster: a partition and what its followers lack") {
  cluster x;
  CHECK(
    x.partition()
    == boost::json::object{
      {"topic", "messages"},
      {"partition", 0},
      {"leader", 1},
      {"leader_epoch", 4},
      {"replicas", {1, 2, 3}},
      {"in_sync", {1, 2}},
      {"moving_to", boost::json::array{}},
      {"offline", false},
      {"under_replicated", true},
      {"under_min_in_sync", false},
      {"followers",
       {boost::json::object{{"node", 2}, {"lag_records", 0}, {"behind_ms", 0}},
        boost::json::object{
          {"node", 3}, {"lag_records", 12}, {"behind_ms", 3400}}}}});
}

TEST_CASE("metrics of a cluster: fewer in sync than the topic wants") {
  cluster x;
  x.topic.settings.min_insync_replicas = 3;
  CHECK(x.partition()["under_min_in_sync"] == true);
  // More than there are replicas cannot be wanted.
  x.topic.placement = {{{1, 2}, {1, 2}, 1, 4, 9, {}}};
  CHECK(x.partition()["under_min_in_sync"] == false);
  x.topic.placement = {{{1, 2}, {2}, 0, 4, 9, {}}};
  CHECK(x.partition()["offline"] == true);
  auto sums = x.view()["partitions"];
  CHECK(sums.at("offline") == 1);
  CHECK(sums.at("under_replicated") == 1);
  CHECK(sums.at("under_min_in_sync") == 1);
}

TEST_CASE("metrics of a cluster: a lag that is not known is not 0") {
  auto lag = [](cluster& x) {
    return x.partition()["followers"].at(0).at("lag_records");
  };
  cluster leader_away;
  leader_away.x.nodes.erase(1);
  CHECK(lag(leader_away).is_null());
  cluster silent;
  silent.x.nodes[1].lags = {{{silent.topic.id, 0}, 0, -1, -1}};
  CHECK(lag(silent).is_null());
}
