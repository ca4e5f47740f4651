// Every sample is a test: played in virtual time, under several interleavings
// of the actors, all that it expects must come out.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "config/scenario.hpp"
#include "runtime/quorum.hpp"
#include "runtime/scenario/player.hpp"
#include "runtime/scenario/run_printer.hpp"
#include "runtime/scenario/run_report.hpp"
#include "tests/catch.hpp"
#include "tests/source_tree.hpp"

using namespace troupe;
using namespace troupe::scenario;

namespace {

/// Interleavings besides the script's own.
constexpr uint64_t seeds = 5;

std::string sample(const std::string& name) {
  return source_path("samples/" + name);
}

script load(const std::string& name) {
  auto result = load_script(sample(name));
  INFO(to_string(result.errors()));
  REQUIRE(result);
  return *result;
}

run_record play_seeded(script what, uint64_t seed) {
  what.seed = seed;
  auto stage = make_virtual_stage(what);
  return play(what, *stage, {.file = "sample", .on_line = nullptr});
}

void passes(const std::string& name) {
  auto what = load(name);
  if (what.is_clustered() && !has_quorum()) {
    // It is refused with the reason.
    auto run = play_seeded(what, what.seed);
    CHECK_FALSE(run.is_passed());
    return;
  }
  for (uint64_t seed = what.seed; seed < what.seed + seeds; ++seed) {
    auto run = play_seeded(what, seed);
    INFO("seed " << seed << "\n" << print_run(run, {}));
    CHECK(run.is_passed());
    CHECK_FALSE(run.expectations.empty());
  }
}

} // namespace

TEST_CASE("day_4_recap.json comes out as in the notes") {
  passes("day_4_recap.json");
}

TEST_CASE("scaling.json: 5, 10, 15, 15 records a second") {
  passes("scaling.json");
}

TEST_CASE("high_availability.json loses nothing") {
  passes("high_availability.json");
}

TEST_CASE("first_start_and_rebalance.json") {
  passes("first_start_and_rebalance.json");
}

TEST_CASE("growth.json loses nothing") {
  passes("growth.json");
}

TEST_CASE("restart.json: groups resume") {
  passes("restart.json");
}

TEST_CASE("node_failover.json: others take over, nothing is lost") {
  passes("node_failover.json");
}

TEST_CASE("split_brain.json: who is cut off acknowledges nothing") {
  passes("split_brain.json");
}

TEST_CASE("rolling_restart.json: no post fails") {
  passes("rolling_restart.json");
}

TEST_CASE("no sample is without a test here") {
  size_t count = 0;
  for (const auto& x : std::filesystem::directory_iterator{sample("")})
    count += x.path().extension() == ".json";
  CHECK(count == 9);
}

TEST_CASE("what samples/README.md shows is played as it stands") {
  std::ifstream in{sample("README.md")};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  size_t count = 0;
  // Indented by four, as code is.
  for (auto i = text.find("\n    {\n"); i != text.npos;
       i = text.find("\n    {\n", i + 1)) {
    auto end = text.find("\n    }\n", i);
    REQUIRE(end != text.npos);
    auto what = read_script(text.substr(i, end + 6 - i), "README.md");
    INFO(to_string(what.errors()));
    REQUIRE(what);
    ++count;
    if (what->is_clustered() && !has_quorum())
      continue;
    auto run = play_seeded(*what, what->seed);
    INFO(print_run(run, {}));
    CHECK(run.is_passed());
  }
  CHECK(count == 2);
}

TEST_CASE("the same seed makes the same run") {
  for (auto name : {"high_availability.json", "node_failover.json"}) {
    auto what = load(name);
    if (what.is_clustered() && !has_quorum())
      continue;
    auto one = play_seeded(what, 42);
    auto two = play_seeded(what, 42);
    one.wall_ms = two.wall_ms = 0;
    CHECK(to_json(one) == to_json(two));
  }
}

TEST_CASE("an expectation that is not met is said, and the run has failed") {
  auto text = R"({
    "title": "wrong",
    "topics": [{"name": "messages", "partitions": 1}],
    "groups": [{"name": "G", "topics": ["messages"], "start": "earliest"}],
    "steps": [
      {"produce": {"topic": "messages", "values": ["a"]}},
      {"start": "G"},
      {"wait_until_drained": "G"},
      {"expect": {"group": "G", "reads": {"messages-0": ["b"]}}}
    ]})";
  auto what = read_script(text, "wrong.json");
  REQUIRE(what);
  auto run = play_seeded(*what, 1);
  CHECK_FALSE(run.is_passed());
  REQUIRE(run.expectations.size() == 1);
  CHECK(run.expectations[0].path == "$.steps[3].expect");
  CHECK(
    run.expectations[0].difference
    == std::vector<std::string>{"reads['messages-0']: expected [b], read [a]"});
}
