// The protocol as a whole: a group, members that follow it, and a world between
// them that delays, loses and repeats, and that takes coordinators and members
// away at any point. After every step it checks what must always hold, and in
// the end that all comes to rest with every record handled and committed.
//
// Its rules for members are those of the group protocol; the ones marked (M)
// there fail here, too, when they are dropped: try it.
#include "tests/actors/coordinator/model_world.hpp"

using namespace troupe;
using bench::faults;
using bench::world;

namespace {

void explore(uint64_t seeds, const faults& allowed) {
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    INFO("seed " << seed);
    world x{seed, allowed};
    x.run(600);
    x.settle();
  }
}

} // namespace

TEST_CASE("model: joins, leaves and growth, each record handled once") {
  explore(300, {});
}

TEST_CASE("model: members crash") {
  explore(100, {true, false, false, false});
}

TEST_CASE("model: sessions end and drains expire") {
  explore(300, {false, true, true, false});
}

TEST_CASE("model: coordinators crash") {
  explore(500, {false, false, false, true});
}

TEST_CASE("model: all of it at once") {
  explore(1500, {true, true, true, true});
}
