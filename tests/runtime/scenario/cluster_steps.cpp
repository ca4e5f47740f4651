// Each step that does something to a cluster, played on whole nodes: that it
// does what it says, and that what cannot be done is said.
#include "runtime/quorum.hpp"
#include "runtime/scenario/player.hpp"
#include "runtime/scenario/run_printer.hpp"
#include "runtime/scenario/run_report.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::scenario;

namespace {

script read(const std::string& steps, const std::string& nodes = "3") {
  auto result = read_script(R"({"title": "x", "workers": 2, "nodes": )" + nodes
                              + R"(,
"settings": {"coordination": {"shards": 2},
             "cluster": {"leader_return_interval": "1s"}},
"topics": [{"name": "t", "partitions": 2}],
"groups": [{"name": "g", "topics": ["t"], "start": "earliest"}],
"steps": [)" + steps + "]}",
                            "f");
  INFO(to_string(result.errors()));
  REQUIRE(result);
  return *result;
}

run_record play_script(const script& what) {
  auto stage = make_virtual_stage(what);
  return play(what, *stage, {.file = "f", .on_line = nullptr});
}

void passes(const std::string& steps, const std::string& nodes = "3") {
  if (!has_quorum())
    return;
  auto what = read(steps, nodes);
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    what.seed = seed;
    auto run = play_script(what);
    INFO("seed " << seed << "\n" << print_run(run, {}));
    CHECK(run.is_passed());
    CHECK_FALSE(run.expectations.empty());
  }
}

/// What a step that cannot be played says.
std::string refusal_of(const std::string& steps) {
  auto run = play_script(read(steps));
  INFO(print_run(run, {}));
  REQUIRE_FALSE(run.is_passed());
  return run.expectations.back().difference.front();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Records in both partitions, read by a group, and nothing lost.
const std::string good_end = R"(
{"produce": {"topic": "t", "partition": 0, "count": 5}},
{"produce": {"topic": "t", "partition": 1, "count": 5}},
{"start": "g"}, {"wait_until_drained": {}},
{"expect": {"missing": 0, "failed": 0, "replicas_agree": true,
            "under_replicated": 0}},
{"expect": {"group": "g", "lost": 0, "delivered_twice": 0, "lag": 0}})";

} // namespace

TEST_CASE("a power cut, a lost disk: the node fills up again") {
  for (auto how : {"power_cut", "lost_disk"})
    passes(R"({"produce": {"topic": "t", "partition": 0, "count": 9}},
{"name_node": {"node": "leader of t-0", "name": "victim"}},
{"crash_node": {"node": "victim", "how": ")"
           + std::string{how} + R"("}},
{"expect": {"within": "5s", "leaders": {"t-0": {"not": "victim"}},
            "in_sync": {"t-0": 2}}},
{"start_node": "victim"}, {"wait": {"until": "in_sync"}},
{"expect": {"in_sync": {"t-0": [1, 2, 3]}}},)"
           + good_end);
}

TEST_CASE("a process that stands still is missed, and goes on") {
  passes(R"({"name_node": {"node": "leader of t-1", "name": "sleeper"}},
{"pause_node": "sleeper"},
{"expect": {"within": "6s", "leaders": {"t-1": {"not": "sleeper"}}}},
{"advance": "3s"}, {"resume_node": "sleeper"},
{"wait": {"until": "in_sync"}},
{"expect": {"in_sync": {"t-1": 3}}},)"
         + good_end);
}

TEST_CASE("a cut in one direction, a slow line: healed again") {
  passes(R"({"name_node": {"node": "leader of t-0", "name": "mute"}},
{"cut": {"from": "mute", "to": "others"}},
{"expect": {"within": "8s", "leaders": {"t-0": {"not": "mute"}}}},
{"heal": "all"}, {"wait": {"until": "in_sync"}},
{"slow": {"between": 1, "and": "others", "latency_min": "5ms",
          "latency_max": "40ms"}},
{"produce": {"topic": "t", "partition": 0, "count": 5}},
{"heal": {"between": 1, "and": "others"}},
{"wait": {"until": "in_sync"}},)"
         + good_end);
}

TEST_CASE("operators drain, move, balance and hand over") {
  passes(R"({"drain": 4},
{"expect": {"leaders": {"t-0": {"not": 4}, "t-1": {"not": 4}}}},
{"undrain": 4},
{"move": {"topic": "t", "partition": 1, "nodes": [4, 2, 3]}},
{"expect": {"leaders": {"t-1": 4}, "in_sync": {"t-1": [2, 3, 4]}}},
{"transfer_controller": 3}, {"expect": {"controller": 3}},
{"rebalance": {}}, {"advance": "5s"}, {"wait": {"until": "in_sync"}},)"
           + good_end,
         "4");
}

TEST_CASE("nodes of one rack are not all that has a record") {
  passes(R"({"expect": {"in_sync": {"t-0": 3}}},)" + good_end,
         R"([{"id": 1, "rack": "a"}, {"id": 2, "rack": "a"},
            {"id": 3, "rack": "b"}, {"id": 5, "rack": "c"}])");
}

TEST_CASE("clients end with the process they live in, and start with it") {
  passes(R"({"start": {"group": "g", "consumers": 2, "at": [1, "worker-2"]}},
{"expect": {"group": "g", "owners_count": 2}},
{"produce": {"name": "posts", "at": 1, "topic": "t", "partition": 0,
             "count": 100, "rate": 10, "in_background": true}},
{"advance": "1s"},
{"restart_node": {"node": 1, "how": "kill", "down_time": "1s"}},
{"expect": {"posts": "posts", "failed": {"min": 1}, "waiting": 0}},
{"expect": {"within": "10s", "group": "g", "owners_count": 2}},
{"crash_node": "worker-2"},
{"expect": {"within": "10s", "group": "g", "owners_count": 1}},
{"start_node": "worker-2"},
{"expect": {"within": "10s", "group": "g", "owners_count": 2}},
{"wait": {"until": "in_sync"}}, {"wait_until_drained": {}},
{"expect": {"missing": 0}},
{"expect": {"group": "g", "lost": 0, "delivered_twice_committed": 0}})");
}

TEST_CASE("what cannot be done to a cluster is said") {
  if (!has_quorum())
    return;
  CHECK(contains(refusal_of(R"({"crash_node": 2}, {"crash_node": 2})"),
                 "node 2 does not run"));
  CHECK(contains(refusal_of(R"({"start_node": 2})"), "node 2 runs already"));
  CHECK(contains(refusal_of(R"({"resume_node": 2})"),
                 "node 2 does not stand still"));
  CHECK(contains(refusal_of(R"({"crash_node": "worker-1"},
{"produce": {"topic": "t", "count": 1}})"),
                 "worker-1 does not run"));
  CHECK(contains(refusal_of(R"({"crash_node": 1}, {"crash_node": 2},
{"wait": {"until": "in_sync", "within": "2s"}})"),
                 "all replicas in sync did not come within 2s"));
}

TEST_CASE("a cluster that is not as expected is told with the difference") {
  if (!has_quorum())
    return;
  auto run = play_script(read(R"({"expect": {"offline": 3,
"in_sync": {"t-0": [1, 2]}, "leaders": {"t-0": null}, "acknowledged": 1}})"));
  REQUIRE(run.expectations.size() == 1);
  auto text = run.expectations[0].difference;
  REQUIRE(text.size() == 4);
  CHECK(text[0] == "acknowledged: expected 1, found 0");
  CHECK(contains(text[1], "leaders['t-0']: expected nobody, found node "));
  CHECK(text[2] == "in_sync['t-0']: expected [1, 2], found [1, 2, 3]");
  CHECK(text[3] == "offline: expected 3, found 0");
}

TEST_CASE("a stage for a single node refuses a cluster") {
  auto what = read(R"({"note": "n"})");
  auto stage = make_virtual_stage(1);
  auto run = play(what, *stage, {.file = "f", .on_line = nullptr});
  CHECK_FALSE(run.is_passed());
  CHECK(contains(run.expectations[0].difference.front(),
                 has_quorum() ? "in virtual time only" : "without libraft"));
}

TEST_CASE("the report and the text show who led what") {
  if (!has_quorum())
    return;
  auto run = play_script(read(R"({"crash_node": 1}, {"advance": "4s"},
{"expect": {"under_replicated": {"min": 1}}})"));
  auto text = print_run(run, {});
  INFO(text);
  CHECK(contains(text, "The cluster\n"));
  CHECK(contains(text, "node 1 is killed"));
  CHECK(contains(text, "after node 1 was killed"));
  auto page = render_report(run);
  CHECK(contains(page, "What happened to the cluster"));
  CHECK(contains(page, "node 1: down from"));
  CHECK(contains(to_json(run), R"("what":"node 1 is killed")"));
}
