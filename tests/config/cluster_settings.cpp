// A node of a cluster whose file is wrong would join the wrong one, lose its
// leaderships for nothing, or promise copies that nobody keeps: what goes
// together is checked before it starts.
#include <boost/json/parse.hpp>

#include "config/host_port.hpp"
#include "config/settings_reader.hpp"
#include "tests/catch.hpp"
#include "tests/source_tree.hpp"

using namespace troupe;

namespace {

std::string error_of(const std::string& text) {
  return to_string(read_node_settings(text, "f").errors());
}

std::string in_cluster(const std::string& more) {
  return R"({"cluster": {)" + more + "}}";
}

bool is_good(const std::string& text) {
  auto x = read_node_settings(text, "f");
  INFO(text << "\n" << to_string(x.errors()));
  return static_cast<bool>(x);
}

constexpr const char* three_files =
  R"("tls": {"certificate": "a.pem", "key": "b.pem", "authority": "c.pem"})";

} // namespace

TEST_CASE("a node is in a cluster if its file has one, be it empty") {
  auto single = read_node_settings("{}", "f");
  REQUIRE(single);
  CHECK_FALSE(single->cluster.is_on);
  auto text = boost::json::parse(to_json_text(*single)).as_object();
  CHECK_FALSE(text.contains("cluster"));
  CHECK_FALSE(text.contains("tls"));
  auto one = read_node_settings(in_cluster(""), "f");
  REQUIRE(one);
  cluster_settings expected;
  expected.is_on = true;
  CHECK(one->cluster == expected);
  CHECK(boost::json::parse(to_json_text(*one)).as_object().contains("cluster"));
}

TEST_CASE("a bad setting of a cluster is told with its place") {
  struct row {
    std::string text;
    std::string error;
  };
  std::vector<row> rows = {
    {R"({"cluster": true})",
     "f:1:13: $.cluster: expected an object, cluster, found true\n"},
    {R"({"clustr": {}})", "f:1:12: $.clustr: unknown key 'clustr'; did you "
                          "mean 'cluster'?\n"},
    {in_cluster(R"("leese": "3s")"),
     "f:1:23: $.cluster.leese: unknown key 'leese'; did you mean 'lease'?\n"},
    {in_cluster(R"("address": "10.0.0.1")"),
     "f:1:25: $.cluster.address: expected host:port with a port from 1 to "
     "65535, as \"10.0.0.1:4160\" or \"[fd00::1]:4160\", found "
     "\"10.0.0.1\"\n"},
    {in_cluster(R"("nodes": ["a:1", "b:0", "a:1"])"),
     "f:1:31: $.cluster.nodes[1]: expected host:port with a port from 1 to "
     "65535, as \"10.0.0.1:4160\" or \"[fd00::1]:4160\", found \"b:0\"\n"
     "f:1:38: $.cluster.nodes[2]: 'a:1' is here for the second time: name "
     "each node once\n"},
    {in_cluster(R"("voters": 7)"),
     "f:1:24: $.cluster.voters: expected a whole number from 1 to 5, found "
     "7\n"},
    {in_cluster(R"("voters": 4)"),
     "f:1:24: $.cluster.voters: expected 1, 3 or 5, found 4: it would survive "
     "the loss of no more nodes than 3 do\n"},
    {in_cluster(R"("replication_factor": 8)"),
     "f:1:36: $.cluster.replication_factor: expected a whole number from 1 to "
     "7, found 8\n"},
    {in_cluster(R"("min_insync_replicas": 4)"),
     "f:1:37: $.cluster.min_insync_replicas: expected at most "
     "replication_factor, which is 3, found 4\n"},
    {in_cluster(R"("lease": "50ms")"),
     "f:1:23: $.cluster.lease: expected a duration from 100ms to 5m, as "
     "\"45s\", found \"50ms\"\n"},
    {in_cluster(R"("lost_lease": "3s")"),
     "f:1:28: $.cluster.lost_lease: expected at most lease, which is 2s, "
     "found 3s\n"},
    {in_cluster(R"("beat_interval": "500ms")"),
     "f:1:31: $.cluster.beat_interval: expected less than lost_lease, which "
     "is 500ms, found 500ms\n"},
    {in_cluster(R"("beat_interval": "1s", "lost_lease": "2s")"),
     "f:1:31: $.cluster.beat_interval: expected less than half of lease, "
     "which is 1s, found 1s\n"},
    {in_cluster(R"("replica_wait_max": "10s")"),
     "f:1:34: $.cluster.replica_wait_max: expected less than "
     "replica_lag_max, which is 10s, found 10s\n"},
    {in_cluster(R"("replica_fetch_bytes_max": "17MiB")"),
     "f:1:41: $.cluster.replica_fetch_bytes_max: expected a size from 1KiB to "
     "16MiB, as \"64KiB\", found \"17MiB\"\n"},
    {in_cluster(R"("election_timeout": "199ms")"),
     "f:1:34: $.cluster.election_timeout: expected at least 4 times "
     "election_heartbeat, which is 200ms, found 199ms\n"},
    {R"({"listen_port": 0, "cluster": {}})",
     "f:1:17: $.listen_port: expected a port from 1 to 65535, because the "
     "other nodes of the cluster reach this one there, found 0\n"},
    {R"({"listen_address": "0.0.0.0", "insecure": true, "cluster": {}})",
     "f:1:60: $.cluster.address: expected the host:port at which other nodes "
     "reach this one, because listen_address '0.0.0.0' is no place to go to, "
     "found \"\"\n"},
    {R"({"tls": {}})", "f:1:9: $.tls: 'certificate' is missing\n"
                       "f:1:9: $.tls: 'key' is missing\n"
                       "f:1:9: $.tls: 'authority' is missing\n"},
    {R"({"tls": {"certificate": "a", "key": "b", "autority": "c"}})",
     "f:1:9: $.tls: 'authority' is missing\n"
     "f:1:54: $.tls.autority: unknown key 'autority'; did you mean "
     "'authority'?\n"},
  };
  for (const auto& x : rows) {
    INFO(x.text);
    CHECK(error_of(x.text) == x.error);
  }
}

TEST_CASE("what stands at a limit of a cluster's settings is good") {
  for (auto x : {
         R"("voters": 1)",
         R"("voters": 5)",
         R"("min_insync_replicas": 3)",
         R"("replication_factor": 1, "min_insync_replicas": 1)",
         R"("lost_lease": "2s")",
         R"("beat_interval": "499ms")",
         R"("replica_fetch_bytes_max": "16MiB")",
         R"("election_timeout": "200ms")",
         R"("address": "a:1", "nodes": ["a:1", "b:1", "[::1]:1"])",
       })
    CHECK(is_good(in_cluster(x)));
}

TEST_CASE("an address that others can reach is taken with TLS") {
  for (auto more : {"", R"(, "cluster": {})"})
    CHECK(is_good(R"({"listen_address": "10.0.0.1", )"
                  + std::string{three_files} + more + "}"));
  CHECK_FALSE(is_good(R"({"listen_address": "10.0.0.1", "cluster": {}})"));
  CHECK(is_good(R"({"listen_address": "::", )" + std::string{three_files}
                + R"(, "cluster": {"address": "a:4160"}})"));
  auto x = read_node_settings("{" + std::string{three_files} + "}", "f");
  REQUIRE(x);
  CHECK(x->tls == tls_settings{"a.pem", "b.pem", "c.pem"});
}

TEST_CASE("topics have at least as many replicas as have to be in sync") {
  CHECK(is_good(R"({"cluster": {}, "topics": [{"name": "t",
    "replication_factor": 5, "settings": {"min_insync_replicas": 5}}]})"));
  // One that says nothing of it has what it can of the others' setting.
  CHECK(is_good(R"({"cluster": {}, "topic_defaults": {"min_insync_replicas": 3},
    "topics": [{"name": "t", "replication_factor": 1}]})"));
  CHECK(error_of(R"({"cluster": {}, "topics": [
  {"name": "t", "replication_factor": 2,
   "settings": {"min_insync_replicas": 3}},
  {"name": "u", "settings": {"min_insync_replicas": 4}}]})")
        == "f:3:40: $.topics[0].settings.min_insync_replicas: expected at most "
           "the topic's replication_factor, which is 2, found 3\n"
           "f:4:53: $.topics[1].settings.min_insync_replicas: expected at most "
           "cluster.replication_factor, which is 3, found 4\n");
  CHECK(error_of(R"({"cluster": {"replication_factor": 2},
  "topic_defaults": {"min_insync_replicas": 3}})")
        == "f:2:45: $.topic_defaults.min_insync_replicas: expected at most "
           "cluster.replication_factor, which is 2, found 3\n");
}

TEST_CASE("a single node promises no second replica") {
  CHECK(is_good(R"({"topics": [{"name": "t", "replication_factor": 1}]})"));
  CHECK(error_of(R"({"topics": [{"name": "t", "replication_factor": 3}]})")
        == "f:1:49: $.topics[0].replication_factor: expected 0 or 1, because "
           "without $.cluster there is one replica of each partition, found "
           "3: leave it out, or add \"cluster\"\n");
  CHECK(error_of(R"({"topic_defaults": {"min_insync_replicas": 2},
  "topics": [{"name": "t", "settings": {"min_insync_replicas": 3}}]})")
        == "f:1:44: $.topic_defaults.min_insync_replicas: expected 0 or 1, "
           "because without $.cluster there is one replica of each partition, "
           "found 2: leave it out, or add \"cluster\"\n"
           "f:2:64: $.topics[0].settings.min_insync_replicas: expected 0 or 1, "
           "because without $.cluster there is one replica of each partition, "
           "found 3: leave it out, or add \"cluster\"\n");
}

TEST_CASE("a node's address is a host with a port") {
  CHECK(parse_host_port("10.0.0.1:4160") == host_port{"10.0.0.1", 4160});
  CHECK(parse_host_port("a-b.example.org:1")
        == host_port{"a-b.example.org", 1});
  CHECK(parse_host_port("[::1]:65535") == host_port{"::1", 65535});
  CHECK(parse_host_port("[fe80::1%eth0]:1") == host_port{"fe80::1%eth0", 1});
  for (auto x : {"",      ":",       "a",          "a:",    ":1",
                 "a:0",   "a:65536", "a:+1",       "a:-1",  "a:1x",
                 "a: 1",  "a b:1",   "::1:4160",   "[]:1",  "[a]:1",
                 "[::1]", "[::1:1",  "http://a:1", "a/b:1", "\xC3\xA4:1"}) {
    INFO(x);
    CHECK_FALSE(parse_host_port(x));
  }
  CHECK(parse_host_port(std::string(253, 'a') + ":1"));
  CHECK_FALSE(parse_host_port(std::string(254, 'a') + ":1"));
}

TEST_CASE("the three nodes that ship are one cluster") {
  for (uint32_t n = 1; n <= 3; ++n) {
    auto number = std::to_string(n);
    auto x = load_node_settings(
      source_path("config/cluster/node_" + number + ".json"));
    INFO(to_string(x.errors()));
    REQUIRE(x);
    CHECK(x->node_id == n);
    CHECK(x->data_directory == "data/node_" + number);
    CHECK(x->listen_port == 4160 + n);
    CHECK(x->cluster.is_on);
    CHECK(x->cluster.nodes
          == std::vector<std::string>{"127.0.0.1:4161", "127.0.0.1:4162",
                                      "127.0.0.1:4163"});
    CHECK(x->topics == std::vector<topic_spec>{{"messages", 3, {}}});
    REQUIRE(x->consumers.size() == 2);
    CHECK(x->consumers[0].settings.group == "SMSGroup");
    CHECK(x->consumers[1].settings.group == "EmailGroup");
    for (const auto& y : x->consumers)
      CHECK(y.count == 1);
  }
}
