// Who is dead must be found out soon, and who lives must not be taken for dead.
#include "actors/quorum_controller/liveness.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace std::chrono_literals;

TEST_CASE("a node lives as long as its lease, shorter once its connection is "
          "lost") {
  liveness x{2s, 500ms};
  x.take_over(0s, {1, 2, 3}, {1, 2});
  CHECK(x.is_alive(3));
  CHECK_FALSE(x.seems_alive(1));
  CHECK(x.take_expired(500ms) == std::vector<uint32_t>{3});
  x.heard(1, 1s);
  x.heard(2, 1s);
  CHECK(x.seems_alive(1));
  x.lost(1, 1s);
  CHECK(x.is_alive(1));
  CHECK_FALSE(x.seems_alive(1));
  CHECK(x.seems_alive(2));
  CHECK(x.next() == caf::timespan{1500ms});
  x.heard(1, 1400ms);
  CHECK(x.seems_alive(1));
  CHECK(x.take_expired(3s) == std::vector<uint32_t>{2});
  CHECK_FALSE(x.seems_alive(2));
  // Another leader begins anew.
  x.take_over(3s, {1}, {1});
  CHECK_FALSE(x.seems_alive(1));
}
