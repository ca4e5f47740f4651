// What holds for a simulated crash has to hold for a real one: a node with a
// real disk is killed with SIGKILL under load, again and again, and started
// again. What its clients saw, and the bytes it left, are judged by the same
// checker that judges simulations.
//
// By hand: TROUPE_KILLS=1000 plays that many kills, 20 in a row on each data
// directory; TROUPE_KILL_SEED=n begins with another seed.
#include <cstdio>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "tests/catch.hpp"
#include "tests/end_to_end/kill/kill_run.hpp"
#include "tests/scratch_directory.hpp"

using namespace troupe::testing;

namespace {

constexpr int kills_per_directory = 20;

uint64_t number_from(const char* name, uint64_t otherwise) {
  const auto* text = std::getenv(name);
  return text ? std::stoull(text) : otherwise;
}

} // namespace

TEST_CASE("a node killed under load loses nothing acknowledged") {
  auto left = number_from("TROUPE_KILLS", kills_per_directory);
  auto seed = number_from("TROUPE_KILL_SEED", 1);
  for (; left > 0; ++seed) {
    troupe::scratch_directory directory;
    kill_plan plan;
    plan.seed = seed;
    plan.kills =
      static_cast<int>(std::min<uint64_t>(left, kills_per_directory));
    plan.directory = directory.path();
    plan.node_program = TROUPE_PROGRAM;
    plan.client_program = TROUPE_KILL_CLIENT;
    auto found = play(plan);
    left -= static_cast<uint64_t>(plan.kills);
    fmt::print(stderr,
               "seed {}: {} kills of the node, {} of clients; {} records "
               "acknowledged, {} hand-outs, {} events judged\n",
               seed, found.kills, found.client_kills, found.acknowledged,
               found.handed_out, found.events);
    if (!found.problems.empty())
      directory.keep();
    for (const auto& x : found.problems)
      UNSCOPED_INFO(x);
    INFO(fmt::format("everything is in {}; again: TROUPE_KILL_SEED={} "
                     "TROUPE_KILLS={} test_end_to_end_kill",
                     directory.path(), seed, plan.kills));
    REQUIRE(found.problems.empty());
    CHECK(found.acknowledged > 0);
    CHECK(found.handed_out > 0);
  }
}
