// All that can happen to a group within bounds: the product's own group and
// membership view, and a world around them that delays, loses and repeats,
// ends sessions, and takes members and coordinators away at any point. What the
// randomized model (../group_model.cpp) may never draw is here all the same.
//
// What was gone through, and how many worlds that is: README.md. Other bounds
// by hand, with progress, the shortest way to a violation if there is one
// (names: bounds.cpp):
//   TROUPE_EXPLORE="members=3 partitions=3 joins=4 fences=1 work=0"
//     test_actors_coordinator_explore "explore by hand"
#include <cstdlib>

#include <fmt/format.h>

#include "tests/actors/coordinator/explore/search.hpp"
#include "tests/catch.hpp"

using namespace troupe::explore;

namespace {

/// Looks at all worlds within the bounds.
void require_sound(const std::string& words) {
  bounds limits;
  change(limits, words);
  auto result = search{limits}.run(5'000'000);
  INFO(words);
  INFO(result.to_string());
  CHECK(result.is_complete);
  CHECK(result.fault.empty());
}

} // namespace

TEST_CASE("explore: three members share three partitions") {
  require_sound("members=3 partitions=3 any_target=0 work=0 records=0 joins=3"
                " fences=1");
}

TEST_CASE("explore: two members work on two partitions") {
  require_sound("records=1 joins=3 fences=1");
}

TEST_CASE("explore: members leave, and come again") {
  require_sound("work=0 records=0 joins=3 leaves=1 fences=1");
}

TEST_CASE("explore: the coordinator dies while members work") {
  require_sound("partitions=1 records=1 joins=2 reloads=1");
}

TEST_CASE("explore: the coordinator dies while partitions move") {
  require_sound("work=0 records=0 joins=2 reloads=1");
}

TEST_CASE("explore: partitions are given up at work") {
  require_sound("records=1 joins=2 fences=1 drains=1");
}

TEST_CASE("explore: messages come twice") {
  require_sound("records=1 joins=2 repeats=2");
}

TEST_CASE("explore: a group starts while records come and its topic grows") {
  require_sound("partitions=2 at_first=1 records=1 latest=1 joins=2 crashes=1");
}

TEST_CASE("explore: the coordinator dies while a group starts") {
  require_sound("partitions=1 records=1 latest=1 joins=2 reloads=1");
  require_sound("members=1 partitions=2 at_first=1 records=1 latest=1 joins=1"
                " reloads=1");
}

TEST_CASE("explore by hand", "[.]") {
  auto words = std::getenv("TROUPE_EXPLORE");
  REQUIRE(words != nullptr);
  bounds limits;
  change(limits, words);
  auto most = std::getenv("TROUPE_EXPLORE_WORLDS");
  auto result = search{limits}.run(
    most ? std::stoul(most) : 40'000'000,
    [](const findings& x) { fmt::print(stderr, "{}\n", x.to_string()); });
  fmt::print("{}: {}\n", result.is_complete ? "all" : "not all",
             result.to_string());
  CHECK(result.fault.empty());
}
