// A gateway that is down is asked now and then, not once for every record.
#include "actors/consumer/circuit.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace std::chrono_literals;

TEST_CASE("circuit: it opens after so many failures in a row, for a while") {
  circuit x{3, 10s};
  for (int i = 0; i < 2; ++i) {
    x.begin();
    x.failed(1s, std::nullopt);
    CHECK(x.lets_through(1s));
  }
  x.worked();
  for (int i = 0; i < 3; ++i) {
    CHECK(x.lets_through(2s));
    x.begin();
    x.failed(2s, std::nullopt);
  }
  CHECK_FALSE(x.lets_through(11s));
  CHECK(x.opens_until() == caf::timespan{12s});
  CHECK(x.lets_through(12s));
}

TEST_CASE("circuit: one record tries; its result counts") {
  circuit x{1, 10s};
  x.begin();
  x.failed(0s, std::nullopt);
  x.begin();
  // Nobody else goes meanwhile, however long it takes.
  CHECK_FALSE(x.lets_through(100s));
  CHECK_FALSE(x.opens_until());
  SECTION("it fails") {
    x.failed(15s, std::nullopt);
    CHECK(x.opens_until() == caf::timespan{25s});
  }
  SECTION("it works") {
    x.worked();
    CHECK(x.lets_through(15s));
  }
}

TEST_CASE("circuit: what says nothing of the gateway neither closes nor "
          "counts") {
  circuit x{2, 10s};
  x.begin();
  x.failed(0s, std::nullopt);
  x.begin();
  x.said_nothing();
  CHECK(x.lets_through(0s));
  x.begin();
  x.failed(0s, std::nullopt);
  // The one between did not begin the count anew.
  CHECK(x.opens_until() == caf::timespan{10s});
  CHECK(x.lets_through(10s));
  x.begin();
  CHECK_FALSE(x.lets_through(10s));
  x.said_nothing();
  // Still open, and the next one tries at once, alone.
  CHECK(x.opens_until() == caf::timespan{10s});
  CHECK(x.lets_through(11s));
  x.begin();
  CHECK_FALSE(x.lets_through(11s));
  x.failed(11s, std::nullopt);
  CHECK(x.opens_until() == caf::timespan{21s});
}

TEST_CASE("circuit: the gateway may want more; late news change nothing") {
  circuit x{1, 10s};
  x.begin();
  x.failed(0s, 60s);
  CHECK(x.opens_until() == caf::timespan{60s});
  x.failed(5s, 600s);
  CHECK(x.opens_until() == caf::timespan{60s});
}

TEST_CASE("circuit: none at all") {
  circuit x{0, 10s};
  for (int i = 0; i < 100; ++i)
    x.failed(0s, 60s);
  CHECK(x.lets_through(0s));
}

TEST_CASE("circuit: what others of the group saw counts for one that saw "
          "nothing itself") {
  circuit x{2, 10s};
  x.told(0s, 5s);
  CHECK_FALSE(x.lets_through(4s));
  // It is theirs to tell.
  CHECK(x.own_pause(1s) == 0s);
  x.told(3s, 5s);
  CHECK(x.opens_until() == caf::timespan{8s});
  x.told(3s, 1s);
  CHECK(x.opens_until() == caf::timespan{8s});
  CHECK(x.lets_through(8s));
  x.begin();
  SECTION("its own trial fails") {
    x.told(9s, 50s);
    x.failed(9s, std::nullopt);
    CHECK(x.opens_until() == caf::timespan{19s});
    CHECK(x.own_pause(10s) == 9s);
    x.told(10s, 50s);
    CHECK(x.opens_until() == caf::timespan{19s});
    CHECK(x.own_pause(20s) == 0s);
  }
  SECTION("its own trial works") {
    x.worked();
    CHECK(x.lets_through(9s));
    x.told(9s, 0s);
    CHECK(x.lets_through(9s));
  }
}

TEST_CASE("circuit: one that never opens is not told to") {
  circuit x{0, 10s};
  x.told(0s, 5s);
  CHECK(x.lets_through(0s));
}
