// What nobody thought of in the player: scenarios drawn by chance, played over
// the whole node in virtual time, each under an interleaving of its own. The
// node itself is searched by tests/simulation, under more faults.
//
// A seed that fails is played alone with
//   TROUPE_SEED=<n> test_runtime_scenario "storms*"
// and many are played with TROUPE_SEEDS=<count> [TROUPE_FIRST_SEED=<n>].
#include <cstdlib>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/scenario/player.hpp"
#include "runtime/scenario/run_printer.hpp"
#include "tests/catch.hpp"
#include "tests/from_environment.hpp"
#include "tests/runtime/scenario/storm_judge.hpp"
#include "tests/runtime/scenario/storm_script.hpp"

using namespace troupe;
using namespace troupe::scenario;
using namespace troupe::testing;

namespace {

constexpr uint64_t seeds_in_suite = 50;

struct totals {
  uint64_t seeds = 0;
  uint64_t failed = 0;
  uint64_t faults = 0;
  uint64_t hand_outs = 0;
  int64_t delivered_twice = 0;
  int64_t virtual_ms = 0;
};

void play_storm(uint64_t seed, totals& sum) {
  auto storm = make_storm(seed);
  auto book = std::make_shared<ledger>();
  auto posts = std::make_shared<post_book>();
  run_record run;
  {
    // Half of them on a disk that is slow: what ends the node then finds writes
    // that are not durable.
    auto sync_time = milliseconds{seed % 2 == 0 ? 0 : 1 + seed % 13};
    auto stage = make_virtual_stage(seed, sync_time);
    run =
      play(storm, *stage,
           {.file = "storm", .on_line = nullptr, .book = book, .posts = posts});
  }
  auto hand_outs = book->since(0);
  auto wrong = judge_storm(storm, hand_outs, posts->acknowledged(),
                           run.expectations.size() == storm.groups.size());
  INFO("replay: TROUPE_SEED=" << seed << " test_runtime_scenario \"storms*\"");
  INFO(print_run(run, {.quiet_lines_max = 0}));
  INFO(fmt::format("{}", fmt::join(wrong, "\n")));
  CHECK(run.is_passed());
  CHECK(wrong.empty());
  ++sum.seeds;
  sum.failed += !run.is_passed() || !wrong.empty();
  sum.faults += count_faults(storm);
  sum.hand_outs += hand_outs.size();
  sum.virtual_ms += run.end_ms - run.begin_ms;
  for (const auto& group : run.groups)
    sum.delivered_twice += group.delivered_twice;
}

} // namespace

TEST_CASE("storms of any seed lose nothing and repeat nothing committed") {
  totals sum;
  if (auto seed = from_environment("TROUPE_SEED", 0)) {
    play_storm(seed, sum);
    return;
  }
  auto first = from_environment("TROUPE_FIRST_SEED", 1);
  auto count = from_environment("TROUPE_SEEDS", seeds_in_suite);
  for (auto seed = first; seed < first + count; ++seed)
    play_storm(seed, sum);
  if (std::getenv("TROUPE_SEEDS"))
    WARN(fmt::format("{} seeds, {} failed; {} faults, {} hand-outs, {} of them "
                     "twice, {:.1f} virtual hours",
                     sum.seeds, sum.failed, sum.faults, sum.hand_outs,
                     sum.delivered_twice,
                     static_cast<double>(sum.virtual_ms) / 3'600'000));
  // The storms must have met what they are about.
  CHECK(sum.faults > sum.seeds);
  CHECK(sum.delivered_twice > 0);
}

TEST_CASE("the judge of storms sees gaps, losses, disorder and double work") {
  script storm;
  group_spec group;
  group.name = "G";
  storm.groups = {group};
  group.name = "Audit";
  storm.groups.push_back(group);
  auto entry = [](const char* name, int64_t begin_ms, int64_t end_ms,
                  int64_t offset, const char* value) {
    ledger_entry x;
    x.time_ms = begin_ms;
    x.ended_ms = end_ms;
    x.group = name;
    x.consumer = x.group + "-1";
    x.topic = "t";
    x.offset = offset;
    x.value = value;
    return x;
  };
  const std::vector<ledger_entry> log{entry("Audit", 9, 9, 0, "1-1"),
                                      entry("Audit", 9, 9, 1, "1-2")};
  auto judge = [&](std::vector<ledger_entry> hand_outs,
                   const std::vector<posted_record>& posted = {}) {
    return judge_storm(storm, hand_outs, posted, true).size();
  };
  CHECK(judge(log, {{0, "t", 0, 0, "1-1"}, {0, "t", 0, 1, "1-2"}}) == 0);
  // What was acknowledged is elsewhere, or nowhere.
  CHECK(judge(log, {{0, "t", 0, 1, "1-1"}}) == 1);
  CHECK(judge(log, {{0, "t", 0, 2, "1-3"}}) == 1);
  // Against the order of the posts; the same twice.
  CHECK(judge({entry("Audit", 9, 9, 0, "1-2"), entry("Audit", 9, 9, 1, "1-1")})
        == 1);
  CHECK(judge({entry("Audit", 9, 9, 0, "1-1"), entry("Audit", 9, 9, 1, "1-1")})
        == 1);
  // A group may go back, and not ahead.
  CHECK(judge({entry("G", 1, 1, 4, "1-1"), entry("G", 2, 2, 5, "1-2"),
               entry("G", 3, 3, 4, "1-1"), entry("G", 4, 4, 6, "1-3")})
        == 0);
  CHECK(judge({entry("G", 1, 1, 4, "1-1"), entry("G", 2, 2, 6, "1-3")}) == 1);
  // Two at work on a partition; one that was killed does not count.
  CHECK(judge({entry("G", 1, 5, 4, "1-1"), entry("G", 3, 6, 5, "1-2")}) == 1);
  CHECK(judge({entry("G", 1, -1, 4, "1-1"), entry("G", 3, 6, 5, "1-2")}) == 0);
}
