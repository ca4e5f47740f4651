// What a majority agreed on must stay so, whatever happens to servers, disks
// and connections; and once nothing is wrong, all must go on.
//
// A seed that fails is played alone with
//   TROUPE_SEED=<n> test_actors_consensus "servers*"
// and many are played with TROUPE_SEEDS=<count> [TROUPE_FIRST_SEED=<n>].

#include <cstdlib>

#include <fmt/format.h>

#include "tests/actors/consensus/quorum.hpp"
#include "tests/catch.hpp"
#include "tests/from_environment.hpp"

using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

constexpr uint64_t seeds_in_suite = 300;

void play(uint64_t seed, quorum::totals& sum) {
  // Every third one has five voters.
  quorum x{seed, seed % 3 == 0 ? 5u : 3u};
  x.play(20s);
  INFO("replay: TROUPE_SEED=" << seed << " test_actors_consensus \"servers*\"");
  CHECK(x.violation() == "");
  sum += x.count();
}

} // namespace

TEST_CASE("servers agree, whatever happens") {
  quorum::totals sum;
  if (auto seed = from_environment("TROUPE_SEED", 0)) {
    play(seed, sum);
    return;
  }
  auto first = from_environment("TROUPE_FIRST_SEED", 1);
  auto count = from_environment("TROUPE_SEEDS", seeds_in_suite);
  for (auto seed = first; seed < first + count; ++seed)
    play(seed, sum);
  // Else the faults say nothing.
  CHECK(sum.acknowledged > 0);
  CHECK(sum.elections > count);
  CHECK(sum.snapshots_installed > 0);
  CHECK(sum.changes > 0);
  if (std::getenv("TROUPE_SEEDS"))
    fmt::print("{} seeds: {:.1f} virtual hours, {} crashes, {} cuts, {} "
               "bad disks, {} "
               "elections, {} commands acknowledged, {} snapshots installed, "
               "{} changes of members, {} transfers\n",
               count, static_cast<double>(sum.time.count()) / 3.6e6,
               sum.crashes, sum.cuts, sum.bad_disks, sum.elections,
               sum.acknowledged, sum.snapshots_installed, sum.changes,
               sum.transfers);
}
