// A wait that grows without bound, or not at all, turns an outage into a second
// one: the waits are fixed here as tables.
#include "actors/protocol/retry.hpp"

#include <vector>

#include "actors/protocol/shared_timer.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST_CASE("the wait doubles up to its bound") {
  CHECK(backoff_after(0, 20ms, 1s) == 0ms);
  std::vector<milliseconds> waits;
  for (uint32_t i = 1; i <= 8; ++i)
    waits.push_back(backoff_after(i, 20ms, 1s));
  CHECK(waits
        == std::vector<milliseconds>{20ms, 40ms, 80ms, 160ms, 320ms, 640ms, 1s,
                                     1s});
}

TEST_CASE("extreme values stay within the bound") {
  CHECK(backoff_after(UINT32_MAX, 1ms, 30s) == 30s);
  CHECK(backoff_after(UINT32_MAX, 0ms, 30s) == 0ms);
  CHECK(backoff_after(1, 5s, 1s) == 1s);
  CHECK(backoff_after(90, 1ms, milliseconds::max()) == milliseconds::max());
}

TEST_CASE("a success begins anew") {
  backoff waits{20ms, 1s};
  CHECK(waits.next() == 20ms);
  CHECK(waits.next() == 40ms);
  CHECK(waits.failures() == 2);
  waits.reset();
  CHECK(waits.failures() == 0);
  CHECK(waits.next() == 20ms);
}

TEST_CASE("jitter keeps to the upper half and repeats by seed") {
  backoff x{100ms, 10s, 7};
  backoff y{100ms, 10s, 7};
  backoff z{100ms, 10s, 8};
  bool differs = false;
  for (uint32_t i = 1; i <= 20; ++i) {
    auto full = backoff_after(i, 100ms, 10s);
    auto wait = x.next();
    CHECK(wait >= full / 2);
    CHECK(wait <= full);
    CHECK(wait == y.next());
    differs = differs || wait != z.next();
  }
  CHECK(differs);
}

TEST_CASE("a shared timer asks for one message for any number of waits") {
  shared_timer x;
  CHECK_FALSE(x.next());
  CHECK(x.set(10s));
  CHECK_FALSE(x.set(10s));
  CHECK_FALSE(x.set(12s));
  CHECK(x.next() == caf::timespan{10s});
  // An earlier one needs a message of its own; the later one stays on its way.
  CHECK(x.set(5s));
  x.rang(5s);
  CHECK(x.next() == caf::timespan{10s});
  CHECK_FALSE(x.set(10s));
  // A message that comes late stands for all that were due.
  CHECK(x.set(7s));
  x.rang(11s);
  CHECK_FALSE(x.next());
  CHECK(x.set(12s));
}
