// A gateway that bans senders who are too fast is why groups have a pace: it
// must hold over any pattern of reservations, and never save up a burst.
#include "actors/protocol/pace.hpp"

#include <limits>
#include <random>

#include "tests/catch.hpp"

using namespace troupe;
using namespace std::chrono_literals;

TEST_CASE("without a rate nothing waits") {
  for (auto rate : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    pace unbound{rate};
    CHECK(unbound.rate() == 0);
    CHECK(unbound.reserve(0s, 1'000'000) == 0s);
    CHECK(unbound.reserve(0s, 1) == 0s);
  }
}

TEST_CASE("records are spread evenly") {
  pace five{5};
  CHECK(five.reserve(0s, 1) == 0ms);
  CHECK(five.reserve(0s, 1) == 200ms);
  CHECK(five.reserve(100ms, 1) == 300ms);
  CHECK(five.reserve(600ms, 1) == 0ms);
}

TEST_CASE("idle time is not saved up") {
  pace five{5};
  five.reserve(0s, 1);
  CHECK(five.reserve(60s, 1) == 0ms);
  CHECK(five.reserve(60s, 1) == 200ms);
}

TEST_CASE("several records at once are paid for by the next") {
  pace ten{10};
  CHECK(ten.reserve(0s, 4) == 0ms);
  CHECK(ten.reserve(0s, 1) == 400ms);
  CHECK(ten.reserve(0s, 0) == 0ms);
}

TEST_CASE("a change of the rate holds for what follows") {
  pace p{1};
  p.reserve(0s, 1);
  p.set_rate(10);
  CHECK(p.reserve(0s, 1) == 1s);
  CHECK(p.reserve(0s, 1) == 1100ms);
  p.set_rate(0);
  CHECK(p.reserve(0s, 1) == 0s);
}

TEST_CASE("a wait is bounded, whatever is asked") {
  pace slow{1e-300};
  slow.reserve(0s, std::numeric_limits<uint32_t>::max());
  CHECK(slow.reserve(0s, 1) == pace::wait_max);
  CHECK(slow.reserve(0s, 1) == pace::wait_max);
}

TEST_CASE("any pattern of calls keeps the rate over any stretch") {
  std::mt19937 random{7};
  pace p{100};
  caf::timespan now{0};
  caf::timespan last{-1};
  for (int i = 0; i < 10'000; ++i) {
    now += caf::timespan{random() % 20'000'000};
    auto at = now + p.reserve(now, 1);
    if (i > 0)
      REQUIRE(at - last >= 10ms);
    last = at;
  }
}
