// A node that is given many replicas at once must not take the line and the
// disks from those that serve: the bound holds for all of them together.
#include "actors/partition/fill_pace.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace std::chrono_literals;

TEST_CASE("fill_pace: one replica waits as long as what it got takes") {
  fill_pace x{1000};
  CHECK(x.took(10s, 500) == 10s + 500ms);
  CHECK(x.took(10s + 500ms, 2000) == 12s + 500ms);
}

TEST_CASE("fill_pace: several share the bound") {
  fill_pace x{1000};
  CHECK(x.took(10s, 1000) == 11s);
  CHECK(x.took(10s, 1000) == 12s);
  CHECK(x.took(11s, 1000) == 13s);
}

TEST_CASE("fill_pace: idle time earns nothing") {
  fill_pace x{1000};
  CHECK(x.took(10s, 1000) == 11s);
  CHECK(x.took(100s, 1000) == 101s);
}

TEST_CASE("fill_pace: without a bound, or records, nobody waits") {
  CHECK(fill_pace{0}.took(10s, 1 << 30) == 10s);
  CHECK(fill_pace{1}.took(10s, 0) == 10s);
}

TEST_CASE("fill_pace: the lowest bound still ends") {
  fill_pace x{1};
  CHECK(x.took(10s, ~uint64_t{0}) == 10s + fill_pace::wait_max);
  CHECK(x.took(10s, ~uint64_t{0}) == 10s + fill_pace::wait_max);
}
