// When a commit is due is a table; this is the table, and the allowance's
// beside it.
#include "actors/consumer/commit_plan.hpp"

#include "actors/consumer/allowance.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace std::chrono_literals;

TEST_CASE("a policy decides when a commit is due") {
  using kind = commit_policy::kind;
  struct row {
    const char* what;
    kind policy;
    commit_need need;
    caf::timespan now;
    bool is_due;
  };
  const commit_need one{1, false, false, false, false};
  const commit_need three{3, false, false, false, false};
  const commit_need gap{0, false, false, false, false};
  const commit_need idle_gap{0, true, false, false, false};
  const commit_need idle{1, true, false, false, false};
  const commit_need draining{1, false, true, false, false};
  const commit_need repeat{0, false, false, true, false};
  const commit_need announced{0, false, false, false, true};
  auto rows = std::vector<row>{
    {"each: one", kind::each, one, 0s, true},
    {"each: a gap, busy", kind::each, gap, 0s, false},
    {"each: a gap, idle", kind::each, idle_gap, 0s, true},
    {"every: too few", kind::every, one, 99s, false},
    {"every: enough", kind::every, three, 0s, true},
    {"every: too few, idle, too early", kind::every, idle, 1s, false},
    {"every: too few, idle", kind::every, idle, 2s, true},
    {"every: draining", kind::every, draining, 0s, true},
    {"every: again", kind::every, repeat, 0s, true},
    {"interval: too early", kind::interval, three, 1s, false},
    {"interval: in time", kind::interval, one, 2s, true},
    {"interval: draining", kind::interval, draining, 0s, true},
    {"interval: again", kind::interval, repeat, 0s, true},
    {"before: announced", kind::before, announced, 0s, true},
  };
  for (const auto& r : rows) {
    INFO(r.what);
    commit_plan plan{{r.policy, 3, 2s}, caf::timespan{0}};
    CHECK(plan.is_due(r.need, r.now) == r.is_due);
  }
}

TEST_CASE(
  "time alone makes a commit due by rounds, and what 'every' has left") {
  const commit_need busy{1, false, false, false, false};
  const commit_need idle{1, true, false, false, false};
  using kind = commit_policy::kind;
  auto waits = [](kind what, const commit_need& need) {
    return commit_plan{{what, 3, 2s}, caf::timespan{0}}.waits_for_round(need);
  };
  CHECK(waits(kind::interval, busy));
  CHECK(waits(kind::every, idle));
  CHECK_FALSE(waits(kind::every, busy));
  CHECK_FALSE(waits(kind::each, idle));
}

TEST_CASE(
  "a round of 'interval' begins with a request, not with an early one") {
  commit_plan plan{{commit_policy::kind::interval, 1, 2s}, caf::timespan{1s}};
  CHECK(plan.next_round() == caf::timespan{3s});
  plan.asked(2s);
  CHECK(plan.next_round() == caf::timespan{3s});
  plan.asked(4s);
  CHECK(plan.next_round() == caf::timespan{6s});
}

TEST_CASE("without a bound every record may go") {
  allowance x;
  for (int i = 0; i < 1'000; ++i)
    CHECK(x.claim(0s).what == allowance::verdict::go);
}

TEST_CASE("a place in the consumer's pace is kept while the record waits") {
  allowance x{5};
  CHECK(x.claim(0s).what == allowance::verdict::go);
  for (auto now : {0ms, 50ms, 199ms}) {
    auto answer = x.claim(now);
    CHECK(answer.what == allowance::verdict::wait);
    CHECK(answer.until == caf::timespan{200ms});
  }
  CHECK(x.claim(200ms).what == allowance::verdict::go);
  CHECK(x.claim(200ms).until == caf::timespan{400ms});
}

TEST_CASE("the consumer's pace comes in lots of a hundredth of a second") {
  struct row {
    double rate;
    int lot;
    caf::timespan next;
  };
  for (auto r : {row{0.5, 1, 2s}, row{100, 1, 10ms}, row{199, 1, 5'025'125ns},
                 row{1'000, 10, 10ms}, row{1e6, 256, 256us}}) {
    INFO(r.rate);
    allowance x{r.rate};
    for (int i = 0; i < r.lot; ++i)
      CHECK(x.claim(0s).what == allowance::verdict::go);
    CHECK(x.claim(0s).until == r.next);
    for (int i = 0; i < r.lot; ++i)
      CHECK(x.claim(r.next).what == allowance::verdict::go);
    CHECK(x.claim(r.next).what == allowance::verdict::wait);
  }
}

TEST_CASE("the group's pace is leased, a few records at a time") {
  struct row {
    double rate;
    uint32_t lease;
  };
  for (auto r : {row{0.5, 1}, row{10, 1}, row{100, 5}, row{1e6, 256}}) {
    INFO(r.rate);
    allowance x{0, r.rate};
    CHECK(x.lease_records() == r.lease);
    CHECK(x.claim(0s).what == allowance::verdict::lease);
    x.granted(1s);
    auto early = x.claim(0s);
    CHECK(early.what == allowance::verdict::wait);
    CHECK(early.until == caf::timespan{1s});
    for (uint32_t i = 0; i < r.lease; ++i)
      CHECK(x.claim(1s).what == allowance::verdict::go);
    CHECK(x.claim(1s).what == allowance::verdict::lease);
  }
}
