// What storms have found, each as the least scenario that shows it.
#include <string>

#include <fmt/format.h>

#include "runtime/scenario/player.hpp"
#include "runtime/scenario/run_printer.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::scenario;

namespace {

/// Plays under several interleavings: all that is expected must come out.
void passes(const std::string& title, const std::string& members) {
  auto what =
    read_script(fmt::format(R"({{"title": "{}", {}}})", title, members), "");
  INFO((what ? std::string{} : to_string(what.errors())));
  REQUIRE(what);
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    what->seed = seed;
    auto stage = make_virtual_stage(seed);
    auto run = play(*what, *stage, {});
    INFO("seed " << seed << "\n" << print_run(run, {}));
    CHECK(run.is_passed());
    CHECK_FALSE(run.expectations.empty());
  }
}

} // namespace

TEST_CASE("a handler that failed is not busy for ever") {
  passes("failures", R"(
    "topics": [{"name": "t", "partitions": 1}],
    "groups": [{"name": "G", "topics": ["t"], "start": "earliest",
                "consumer": {"handler_time": "5ms", "fail": {"every": 3}}}],
    "steps": [
      {"start": "G"},
      {"produce": {"topic": "t", "count": 10}},
      {"wait_until_drained": "G"},
      {"expect": {"group": "G", "lag": {"t-0": 0}}}
    ])");
}

TEST_CASE("a topic that was deleted does not come back with the node") {
  passes("deletion", R"(
    "topics": [{"name": "a", "partitions": 1}, {"name": "b", "partitions": 1}],
    "groups": [{"name": "G", "topics": ["a", "b"], "start": "earliest"}],
    "steps": [
      {"start": "G"},
      {"delete_topic": "b"},
      {"restart_node": "kill"},
      {"create_topic": {"name": "b", "partitions": 2}},
      {"wait": {"group": "G", "until": "stable"}},
      {"expect": {"group": "G", "owners": {"b-1": "G-1"}, "within": "5s"}}
    ])");
}

TEST_CASE("a post does not wait for those in the background") {
  passes("posts", R"(
    "topics": [{"name": "t", "partitions": 1}],
    "groups": [{"name": "G", "topics": ["t"], "start": "earliest"}],
    "steps": [
      {"produce": {"topic": "t", "count": 100, "rate": 10,
                   "in_background": true}},
      {"produce": {"topic": "t", "count": 3}},
      {"expect": {"end": {"t-0": 4}}}
    ])");
}
