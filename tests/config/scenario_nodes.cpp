// Scenarios on a cluster: how processes are named, what steps about them say,
// and that what cannot be is refused with its place and what to do.
#include "config/scenario.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::scenario;

namespace {

using kind = host_name::kind;

/// A scenario about topic 't' (2 partitions), group 'g' and three nodes.
std::string story(const std::string& steps,
                  const std::string& more = R"("nodes": 3)") {
  return R"({"title": "x", )" + more + R"(,
"topics": [{"name": "t", "partitions": 2}],
"groups": [{"name": "g", "topics": ["t"]}],
"steps": [)"
         + steps + "]}";
}

script read(const std::string& steps,
            const std::string& more = R"("nodes": 3)") {
  auto result = read_script(story(steps, more), "f");
  INFO(to_string(result.errors()));
  REQUIRE(result);
  return *result;
}

std::string error_of(const std::string& steps,
                     const std::string& more = R"("nodes": 3)") {
  return to_string(read_script(story(steps, more), "f").errors());
}

template <class T>
T step_of(const std::string& steps) {
  auto all = read(steps).steps;
  REQUIRE(std::holds_alternative<T>(all.back().what));
  return std::get<T>(all.back().what);
}

} // namespace

TEST_CASE("processes are named, and written as they are read") {
  struct row {
    const char* text;
    host_name expected;
  };
  for (const auto& x : {
         row{"node-2", {kind::node, 2, {}, {}}},
         row{"worker-1", {kind::worker, 1, {}, {}}},
         row{"leader of a-b-0", {kind::leader, 0, {"a-b", 0}, {}}},
         row{"coordinator of SMSGroup", {kind::coordinator, 0, {}, "SMSGroup"}},
         row{"controller", {kind::controller, 0, {}, {}}},
         row{"others", {kind::others, 0, {}, {}}},
         row{"victim", {kind::given, 0, {}, "victim"}},
       }) {
    INFO(x.text);
    auto found = parse_host_name(x.text);
    REQUIRE(found);
    CHECK(*found == x.expected);
    CHECK(to_string(*found) == x.text);
  }
  for (auto text : {"", "node-", "node-01", "node-x", "worker-", "leader of t",
                    "leader of ", "coordinator of ", "2nd", "a b", "a/b"}) {
    INFO(text);
    CHECK_FALSE(parse_host_name(text));
  }
}

TEST_CASE("nodes are counted or listed") {
  auto counted = read(R"({"note": "n"})");
  CHECK(counted.nodes == std::vector<node_spec>{{1, ""}, {2, ""}, {3, ""}});
  CHECK(counted.workers == 1);
  auto listed = read(R"({"note": "n"})", R"("nodes": [{"id": 4, "rack": "a"},
{"id": 7}], "workers": 2)");
  CHECK(listed.nodes == std::vector<node_spec>{{4, "a"}, {7, ""}});
  CHECK(listed.workers == 2);
  CHECK_FALSE(read(R"({"note": "n"})", R"("seed": 1)").is_clustered());
}

TEST_CASE("steps about nodes are read") {
  auto crash = step_of<crash_node>(
    R"({"crash_node": {"node": "leader of t-0", "how": "lost_disk"}})");
  CHECK(crash.node == host_name{kind::leader, 0, {"t", 0}, {}});
  CHECK(crash.how == node_end::lost_disk);
  CHECK(step_of<crash_node>(R"({"crash_node": 2})").node.number == 2);
  CHECK(step_of<stop_node>(R"({"stop_node": "controller"})").node.what
        == kind::controller);
  CHECK(step_of<start_node>(R"({"start_node": 3})").restarts_consumers);
  CHECK(step_of<pause_node>(R"({"pause_node": 1})").is_paused);
  CHECK_FALSE(step_of<pause_node>(R"({"resume_node": 1})").is_paused);
  auto both = step_of<cut>(R"({"cut": {"between": [1, "worker-1"],
"and": "others"}})");
  CHECK(both.which.one.size() == 2);
  CHECK_FALSE(both.which.is_one_way);
  CHECK(step_of<cut>(R"({"cut": {"from": 1, "to": 2}})").which.is_one_way);
  CHECK(step_of<heal>(R"({"heal": "all"})").which.one.empty());
  auto slower = step_of<slow>(
    R"({"slow": {"between": 1, "and": 2, "latency_max": "50ms"}})");
  CHECK(slower.latency_max == 50ms);
  auto restart = step_of<restart_node>(
    R"({"restart_node": {"node": 2, "how": "power_cut"}})");
  REQUIRE(restart.node);
  CHECK(restart.how == restart_kind::power_cut);
  auto moved = step_of<govern>(
    R"({"move": {"topic": "__commit_offsets", "nodes": [2, "others"]}})");
  CHECK(moved.what == govern::order::move);
  CHECK(moved.nodes.size() == 2);
  CHECK(step_of<govern>(R"({"drain": 2})").what == govern::order::drain);
  CHECK(step_of<govern>(R"({"rebalance": {}})").what
        == govern::order::rebalance);
}

TEST_CASE("expectations of a cluster are read") {
  auto x = step_of<expect>(R"({"expect": {
"leaders": {"t-0": 2, "t-1": {"not": [1, 3]}, "__commit_offsets-0": null},
"in_sync": {"t-0": 2, "t-1": [1, 2]}, "offline": 0, "missing": 0,
"under_replicated": {"max": 3}, "controller": "leader of t-0", "gap": "3s",
"replicas_agree": true}})");
  CHECK(x.leaders.at({"t", 0}).nodes.front().number == 2);
  CHECK(x.leaders.at({"t", 1}).is_not);
  CHECK(x.leaders.at({"t", 1}).nodes.size() == 2);
  CHECK(x.leaders.at({"__commit_offsets", 0}).nodes.empty());
  CHECK(x.in_sync.at({"t", 0}).count == 2u);
  CHECK(x.in_sync.at({"t", 1}).nodes.size() == 2);
  CHECK(x.offline == bounds{0, 0});
  CHECK(x.under_replicated == bounds{std::nullopt, 3});
  CHECK(x.gap == 3s);
  CHECK(x.replicas_agree == true);
}

TEST_CASE("what cannot be on a cluster is told with its place") {
  struct row {
    std::string steps;
    std::string error;
  };
  for (const auto& x : std::vector<row>{
         {R"({"crash_node": 4})", "$.steps[0].crash_node.node: no node 4 "
                                  "here; there are 1, 2, 3\n"},
         {R"({"crash_node": "worker-2"})",
          "$.steps[0].crash_node.node: no worker-2 here: 'workers' is 1\n"},
         {R"({"stop_node": "worker-1"})",
          "$.steps[0].stop_node.node: expected a node, found 'worker-1'\n"},
         {R"({"crash_node": "victm"}, {"name_node": {"node": 1, "name":
"victim"}})",
          "$.steps[0].crash_node.node: nobody is called 'victm' here: a "
          "'name_node' before gives names\n"},
         {R"({"name_node": {"node": 1, "name": "controller"}})",
          "$.steps[0].name_node.name: expected a name of letters, "
          "digits, '_' and '-' that means nothing else, found 'controller'\n"},
         {R"({"crash_node": {"node": "worker-1", "how": "power_cut"}})",
          "$.steps[0].crash_node.how: a worker has no disk: only "
          "'kill' is possible\n"},
         {R"({"cut": {"between": 1}})",
          "$.steps[0].cut: 'between' and 'and' go together, one is "
          "missing\n"},
         {R"({"cut": {"between": "others", "and": "others"}})",
          "$.steps[0].cut: 'others' can be on one side only\n"},
         {R"({"slow": {"between": 1, "and": 2}})",
          "$.steps[0].slow: 'latency_max' is missing\n"},
         {R"({"restart_node": "kill"})",
          "$.steps[0].restart_node: 'node' is missing: there are 3 "
          "nodes, as {\"node\": 1}\n"},
         {R"({"expect": {"leaders": {"t-2": 1}}})",
          "$.steps[0].expect.leaders['t-2']: no partition t-2 here: "
          "'t' has 2, from 0 to 1\n"},
         {R"({"expect": {"group": "g", "offline": 0}})",
          "$.steps[0].expect: what is expected of posts and of the "
          "cluster is of no group: make it an 'expect' without 'group'\n"},
         {R"({"expect": {"posts": "a", "acknowledged": 1}})",
          "$.steps[0].expect.posts: no 'produce' has the name 'a'"},
       }) {
    INFO(x.steps);
    auto found = error_of(x.steps);
    CHECK(found.substr(found.find('$'), x.error.size()) == x.error);
  }
}

TEST_CASE("what needs several nodes is refused where there is one") {
  const auto one = R"("seed": 1)";
  for (const auto& steps :
       {R"({"crash_node": 1})", R"({"heal": "all"})",
        R"({"expect": {"offline": 0}})", R"({"wait": {"until": "in_sync"}})",
        R"({"start": {"group": "g", "at": "worker-1"}})",
        R"({"restart_node": {"node": 1}})"}) {
    INFO(steps);
    CHECK(error_of(steps, one)
            .find("there is a single node here: give the "
                  "scenario several, as \"nodes\": 3")
          != std::string::npos);
  }
  CHECK(
    error_of(R"({"note": "n"})", R"("settings": {"cluster": {"voters": 1}})")
      .find("$.settings.cluster: there is a single node")
    != std::string::npos);
}

TEST_CASE("how many nodes there are bounds what they can do") {
  CHECK(error_of(R"({"note": "n"})", R"("nodes": 10)")
        == "f:1:25: $.nodes: expected a whole number from 1 to 9, found 10\n");
  CHECK(error_of(R"({"note": "n"})", R"("nodes": [{"id": 1}, {"id": 1}])")
          .find("$.nodes[1]: node 1 is here for the second time")
        != std::string::npos);
  CHECK(error_of(R"({"note": "n"})",
                 R"("nodes": 3, "settings": {"cluster": {"rack": "a"}})")
          .find("are the player's")
        != std::string::npos);
}
