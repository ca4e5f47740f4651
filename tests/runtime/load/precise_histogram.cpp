// Percentiles decide whether a change counts as faster: they must be right to
// what they promise, over all sizes of durations.
#include "runtime/load/precise_histogram.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace std::chrono_literals;

TEST_CASE("an empty histogram has no durations") {
  precise_histogram x;
  CHECK(x.count() == 0);
  CHECK(x.at(0.5) == 0ns);
}

TEST_CASE("small durations are exact") {
  precise_histogram x;
  for (int i = 1; i <= 100; ++i)
    x.add(std::chrono::nanoseconds{i});
  CHECK(x.count() == 100);
  CHECK(x.at(0) == 1ns);
  CHECK(x.at(0.5) == 50ns);
  CHECK(x.at(0.99) == 99ns);
  CHECK(x.at(1) == 100ns);
}

TEST_CASE("a duration is never reported below, nor by 1/64 above itself") {
  for (int64_t value = 1; value < int64_t{1} << 61; value = value * 3 + 1) {
    precise_histogram x;
    x.add(std::chrono::nanoseconds{value});
    auto found = x.at(1).count();
    CHECK(found >= value);
    CHECK(found - value <= value / 64);
  }
}

TEST_CASE("the largest and negative durations have a place") {
  precise_histogram x;
  x.add(std::chrono::nanoseconds::max());
  x.add(-1ns);
  CHECK(x.at(0.5) == 0ns);
  CHECK(x.at(1) == std::chrono::nanoseconds::max());
}

TEST_CASE("histograms add up") {
  precise_histogram x;
  precise_histogram y;
  x.add(1ms);
  y.add(3ms);
  y.add(3ms);
  x.merge(y);
  CHECK(x.count() == 3);
  CHECK(x.at(0.3) < 2ms);
  CHECK(x.at(0.5) >= 3ms);
}
