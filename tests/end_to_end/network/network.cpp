// What holds for simulated networks has to hold for the kernel's: three nodes
// in network namespaces are killed, stopped and cut off from each other, and
// lines between them are slow, stall and break, while two groups read what
// producers post. The checker that judges simulations judges every acknowledged
// record, every delivery and the disks at the end.
//
// By hand: TROUPE_NETWORK_MINUTES=30 TROUPE_NETWORK_SEED=n.
#include <cstdio>

#include <fmt/format.h>

#include "tests/catch.hpp"
#include "tests/end_to_end/network/network_run.hpp"
#include "tests/from_environment.hpp"
#include "tests/scratch_directory.hpp"

using namespace troupe::testing;

TEST_CASE("three nodes in a network with faults lose nothing acknowledged") {
  {
    troupe::scratch_directory directory;
    auto why = namespaces::obstacle(directory.path());
    if (!why.empty()) {
      // ctest takes this line for it (tests/CMakeLists.txt).
      fmt::print(stderr, "SKIPPED, nothing was tested: {}\n", why);
      return;
    }
  }
  network_plan plan;
  plan.seed = from_environment("TROUPE_NETWORK_SEED", 1);
  plan.time =
    std::chrono::minutes{from_environment("TROUPE_NETWORK_MINUTES", 1)};
  fmt::print(stderr, "seed {}, {} s of faults\n", plan.seed, plan.time.count());
  auto found = play(plan);
  fmt::print(stderr, "{}", summary(found));
  for (const auto& x : found.problems)
    UNSCOPED_INFO(x);
  INFO(fmt::format("everything is in {}; again: TROUPE_NETWORK_SEED={}",
                   found.directory, plan.seed));
  REQUIRE(found.problems.empty());
  CHECK(found.acknowledged > 0);
  CHECK(found.handed_out >= 2 * found.acknowledged);
}
