// A story that cannot be is refused before it is played: the step that names
// what is not there is told, instead of a run that fails half way.
#include "config/scenario.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::scenario;

namespace {

/// A scenario about topic 't' (2 partitions) and group 'g' with these steps.
std::string story(const std::string& steps) {
  return R"({"title": "x",
"topics": [{"name": "t", "partitions": 2}, {"name": "u"}],
"groups": [{"name": "g", "topics": ["t"]}],
"steps": [)"
         + steps + "]}";
}

std::string error_of(const std::string& steps) {
  return to_string(read_script(story(steps), "f").errors());
}

} // namespace

TEST_CASE("a mistake in the story is told with its place") {
  struct row {
    std::string steps;
    std::string error;
  };
  std::vector<row> rows = {
    {R"({"start": "h"})", "f:4:21: $.steps[0].start.group: no group 'h'; did "
                          "you mean 'g'?\n"},
    {R"({"start": "g"}, {"start": "g"})",
     "f:4:37: $.steps[1].start.group: 'g' has 1 consumer running here: use "
     "'add'\n"},
    {R"({"stop": "g"})",
     "f:4:20: $.steps[0].stop.group: no consumer of 'g' runs here\n"},
    {R"({"start": "g"}, {"crash": {"group": "g", "consumers": 2}})",
     "f:4:65: $.steps[1].crash.consumers: expected at most 1, because so many "
     "of 'g' run here, found 2\n"},
    {R"({"start": "g"}, {"crash": {"group": "g", "consumer": 2}})",
     "f:4:64: $.steps[1].crash.consumer: 'g-2' does not run here\n"},
    {R"({"start": "g"}, {"restart_node": {"restart_consumers": false}},
      {"stop": "g"})",
     "f:5:16: $.steps[2].stop.group: no consumer of 'g' runs here\n"},
    {R"({"produce": {"topic": "tt", "count": 1}})",
     "f:4:33: $.steps[0].produce.topic: no topic 'tt' here; did you mean "
     "'t'?\n"},
    {R"({"produce": {"topic": "t", "partition": 2, "count": 1}})",
     "f:4:51: $.steps[0].produce.partition: no partition t-2 here: 't' has 2, "
     "from 0 to 1\n"},
    {R"({"grow": {"topic": "t", "partitions": 2}})",
     "f:4:49: $.steps[0].grow.partitions: expected more than the 2 that 't' "
     "has, found 2\n"},
    {R"({"create_topic": {"name": "t"}})",
     "f:4:37: $.steps[0].create_topic.name: topic 't' exists already\n"},
    {R"({"delete_topic": "u"}, {"produce": {"topic": "u", "count": 1}})",
     "f:4:56: $.steps[1].produce.topic: no topic 'u' here; did you mean "
     "'t'?\n"},
    {R"({"pause": {"group": "g", "topic": "u"}})",
     "f:4:45: $.steps[0].pause.topic: group 'g' does not read 'u'; did you "
     "mean 't'?\n"},
    {R"({"start": "g"}, {"reset": {"group": "g", "to": "earliest"}})",
     "f:4:47: $.steps[1].reset.group: 'g' has 1 consumer running here: stop "
     "the group first\n"},
    {R"({"wait": {"group": "g", "until": "stable"}})",
     "f:4:30: $.steps[0].wait.group: no consumer of 'g' runs here\n"},
    {R"({"expect": {"group": "g"}})",
     "f:4:22: $.steps[0].expect: nothing is expected here\n"},
    {R"({"expect": {"idle": 1}})",
     "f:4:22: $.steps[0].expect: 'group' is missing: without one only 'end', "
     "'lost', 'delivered_twice', 'delivered_twice_committed', 'gap' and what "
     "is of posts or of the cluster can be expected\n"},
    {R"({"expect": {"group": "g", "committed": {"t-2": 1, "u-0": 1}}})",
     "f:4:58: $.steps[0].expect.committed['t-2']: no partition t-2 here: 't' "
     "has 2, from 0 to 1\n"
     "f:4:68: $.steps[0].expect.committed['u-0']: group 'g' does not read 'u'; "
     "did you mean 't'?\n"},
    {R"({"expect": {"group": "g", "owners": {"t-0": "h-1"}}})",
     "f:4:55: $.steps[0].expect.owners['t-0']: expected a consumer of the "
     "group, as 'g-1', found 'h-1'\n"},
  };
  for (const auto& x : rows) {
    INFO(x.steps);
    CHECK(error_of(x.steps) == x.error);
  }
}

TEST_CASE("what grows, and what is created, is there from then on") {
  CHECK(error_of(R"({"grow": {"topic": "t", "partitions": 3}},
    {"produce": {"topic": "t", "partition": 2, "count": 1}},
    {"create_topic": {"name": "v"}},
    {"produce": {"topic": "v", "partition": 0, "count": 1}})")
          .empty());
}

TEST_CASE("a crashed consumer leaves its number to the next one") {
  CHECK(error_of(R"({"start": {"group": "g", "consumers": 3}},
    {"crash": {"group": "g", "consumer": 1}}, {"add": "g"},
    {"crash": {"group": "g", "consumer": 1}}, {"restart_node": "kill"},
    {"stop": {"group": "g", "consumers": 2}}, {"start": "g"})")
          .empty());
}

TEST_CASE("topics and groups of a scenario are checked like a node's") {
  auto error = [](const std::string& text) {
    return to_string(read_script(text, "f").errors());
  };
  CHECK(error("{}")
        == "f:1:1: $: 'title' is missing\nf:1:1: $: 'steps' is missing\n");
  CHECK(error(R"({"title": "x", "settings": {"listen_port": 1},
"steps": [{"note": "n"}]})")
        == "f:1:44: $.settings.listen_port: unknown key 'listen_port'; known "
           "are topic_defaults, partition, coordination, cluster, producer\n");
  CHECK(error(R"({"title": "x", "topics": [{"name": "t"}],
"groups": [{"name": "g", "topics": ["tt"],
            "consumer": {"drain_timeout": "2m"}},
           {"name": "g", "topics": ["t"]}],
"steps": [{"note": "n"}]})")
        == "f:2:37: $.groups[0].topics[0]: no topic 'tt'; did you mean 't'?\n"
           "f:3:43: $.groups[0].consumer.drain_timeout: expected less than "
           "rebalance_timeout, which is 1m, found 2m\n"
           "f:4:21: $.groups[1].name: group 'g' is here for the second "
           "time\n");
}
