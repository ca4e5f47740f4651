// Scenarios come from people: any text is a script or a list of what is wrong
// and where.
#include "config/scenario.hpp"
#include "tests/fuzz/targets/target.hpp"
#include "tests/fuzz/targets/told.hpp"

namespace troupe::fuzz {

namespace {

bool run(std::string_view input) {
  std::string text{input};
  auto script = scenario::read_script(text, "f");
  must_be_told(script, text);
  if (!script)
    return false;
  for (const auto& x : script->steps)
    must(!x.path.empty() && x.line >= 1, "a step without a place");
  auto again = scenario::read_script(text, "f");
  must(again && again->steps.size() == script->steps.size(),
       "a second reading gives another script");
  return true;
}

constexpr const char* short_script = R"({"title": "t",
 "topics": [{"name": "m", "partitions": 2}],
 "groups": [{"name": "G", "topics": ["m"],
             "consumer": {"handler_time": "200ms", "fail": {"every": 3}}}],
 "steps": [
  {"start": {"group": "G", "consumers": 2}},
  {"produce": {"topic": "m", "values": ["a", "b"]}},
  {"crash": {"group": "G", "consumer": 1, "during": "record"}},
  {"wait_until_drained": "G"},
  {"expect": {"group": "G", "lost": 0, "delivered_twice": {"max": 1},
              "committed": {"m-0": 1, "m-1": null}, "owners": {"m-0": "G-2"}}}
 ]})";

constexpr const char* long_script = R"({"title": "t", "seed": 7,
 "settings": {"topic_defaults": {"segment_bytes": "1MiB"}},
 "topics": [{"name": "m", "partitions": 1}],
 "groups": [{"name": "G", "topics": ["m"],
             "consumer": {"instance_ids": ["a"]}}],
 "steps": [
  {"create_topic": {"name": "n", "partitions": 1}},
  {"grow": {"topic": "n", "partitions": 3}},
  {"start": "G"}, {"pause": {"group": "G", "topic": "m", "partition": 0}},
  {"restart_node": {"how": "kill", "down_time": "3s"}},
  {"advance": "1m"}, {"mark": "x"}, {"note": "y"},
  {"stop": {"group": "G", "consumers": 1}},
  {"reset": {"group": "G", "to": "earliest"}},
  {"delete_topic": "n"}
 ]})";

constexpr const char* cluster_script = R"({"title": "t", "nodes": 3,
 "workers": 2, "settings": {"cluster": {"lease": "3s"}},
 "topics": [{"name": "m", "partitions": 1, "replication_factor": 3}],
 "groups": [{"name": "G", "topics": ["m"]}],
 "steps": [
  {"start": {"group": "G", "consumers": 2, "at": [1, "worker-2"]}},
  {"name_node": {"node": "leader of m-0", "name": "victim"}},
  {"produce": {"name": "p", "at": "worker-1", "topic": "m", "count": 9}},
  {"cut": {"between": ["victim"], "and": "others"}}, {"heal": "all"},
  {"slow": {"from": 1, "to": 2, "latency_max": "9ms"}},
  {"crash_node": {"node": "victim", "how": "lost_disk"}},
  {"start_node": 1}, {"stop_node": "controller"}, {"restart_node": 2},
  {"pause_node": "coordinator of G"}, {"resume_node": 3},
  {"drain": 2}, {"rebalance": {}}, {"transfer_controller": 3},
  {"move": {"topic": "m", "partition": 0, "nodes": [3, "others"]}},
  {"wait": {"until": "in_sync"}},
  {"expect": {"leaders": {"m-0": {"not": "victim"}}, "in_sync": {"m-0": 2},
              "controller": [1, 2], "offline": 0, "replicas_agree": true,
              "gap": "3s"}},
  {"expect": {"posts": "p", "acknowledged": {"min": 1}, "missing": 0}}
 ]})";

std::vector<std::string> seeds() {
  return {short_script, long_script, cluster_script};
}

} // namespace

const target scenarios{"scenarios", run, nullptr, seeds};

} // namespace troupe::fuzz
