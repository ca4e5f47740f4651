// The watermarks decide what is acknowledged and what consumers see: they go by
// all that may lead next, and never back.
#include "actors/partition/replication.hpp"

#include <algorithm>

#include "tests/catch.hpp"
#include "tests/dice.hpp"

using namespace troupe;
using namespace std::chrono_literals;
using nodes = std::vector<uint32_t>;

namespace {

constexpr caf::timespan lag = 10s;

constexpr uuid disk{7, 7};

replica_role role_of(nodes in_sync, uint32_t epoch = 1, uint32_t least = 2) {
  replica_role result;
  result.placement.replicas = {1, 2, 3};
  result.placement.in_sync = std::move(in_sync);
  result.placement.leader = 1;
  result.placement.leader_epoch = 1;
  result.placement.epoch = epoch;
  result.min_insync_replicas = least;
  return result;
}

} // namespace

TEST_CASE("what is durable at all in sync is below the watermark") {
  replication x{1, role_of({1, 2, 3}), 10, 8, 5, 0s};
  CHECK(x.high_watermark() == 5);
  CHECK(x.epoch_begin() == 10);
  x.grown(20, 20);
  CHECK(x.high_watermark() == 5);
  x.fetched(2, disk, 20, 15, 1s);
  CHECK(x.high_watermark() == 5);
  x.fetched(3, disk, 12, 11, 1s);
  CHECK(x.high_watermark() == 11);
  x.fetched(3, disk, 20, 20, 1s);
  CHECK(x.high_watermark() == 15);
  // Of who lost something after a power cut: what was durable it has still.
  x.fetched(3, disk, 18, 18, 1s);
  CHECK(x.high_watermark() == 15);
}

TEST_CASE("what a leader knew as a follower counts as far as it has it on its "
          "disk") {
  // After an unclean election, say: it was behind and is the only one in sync.
  replication x{1, role_of({1}), 10, 8, 9, 0s};
  CHECK(x.high_watermark() == 8);
}

TEST_CASE("a replica that is out of sync is not waited for") {
  replication x{1, role_of({1, 2}), 0, 0, 0, 0s};
  x.grown(10, 10);
  x.fetched(2, disk, 10, 10, 1s);
  CHECK(x.high_watermark() == 10);
  CHECK(x.has_enough());
  x.follow(role_of({1}, 2), 1s);
  CHECK_FALSE(x.has_enough());
  x.follow(role_of({1}, 3, 1), 1s);
  CHECK(x.has_enough());
}

TEST_CASE("who is behind for too long is to leave, who caught up to come") {
  replication x{1, role_of({1, 2, 3}), 0, 0, 0, 0s};
  CHECK_FALSE(x.propose(10s, lag));
  x.grown(10, 10);
  x.fetched(2, disk, 10, 10, 9s);
  auto wanted = x.propose(11s, lag);
  REQUIRE(wanted);
  CHECK(wanted->in_sync == nodes{1, 2});
  CHECK(wanted->epoch == 2);
  // One at a time; meanwhile both sets count.
  CHECK_FALSE(x.propose(12s, lag));
  CHECK(x.high_watermark() == 0);
  x.follow(role_of({1, 2}, 2), 12s);
  CHECK(x.high_watermark() == 10);

  // Not before it has what consumers have seen, nor while it is silent.
  x.fetched(3, disk, 9, 9, 13s);
  CHECK_FALSE(x.propose(13s, lag));
  x.fetched(3, disk, 10, 10, 14s);
  wanted = x.propose(14s, lag);
  REQUIRE(wanted);
  CHECK(wanted->in_sync == nodes{1, 2, 3});
  // From now on it is waited for.
  x.grown(20, 20);
  x.fetched(2, disk, 20, 20, 14s);
  CHECK(x.high_watermark() == 10);
  x.refused(true);
  CHECK(x.high_watermark() == 20);
}

TEST_CASE("what was asked for and may have been taken counts until it cannot "
          "be any more") {
  replication x{1, role_of({1, 2}), 0, 0, 0, 0s};
  x.fetched(2, disk, 0, 0, 1s);
  x.fetched(3, disk, 0, 0, 1s);
  REQUIRE(x.propose(1s, lag)->in_sync == nodes{1, 2, 3});
  x.refused(false);
  // The controller may go by all three: what 3 lacks is not acknowledged.
  x.grown(10, 10);
  x.fetched(2, disk, 10, 10, 2s);
  CHECK(x.high_watermark() == 0);
  CHECK(x.high_watermark() == 0);
  // By now 3 is behind: the old set is asked for once more, as a later change.
  x.fetched(2, disk, 10, 10, 20s);
  auto again = x.propose(20s, lag);
  REQUIRE(again);
  CHECK(again->in_sync == nodes{1, 2});
  CHECK(again->epoch == 2);
  // Of the first one nothing is known still, whatever became of this one.
  x.refused(true);
  CHECK(x.high_watermark() == 0);
  REQUIRE(x.propose(21s, lag));
  x.follow(role_of({1, 2}, 2), 21s);
  CHECK(x.high_watermark() == 10);
  CHECK_FALSE(x.propose(21s, lag));
}

TEST_CASE("who has what there was when it asked before keeps up") {
  replication x{1, role_of({1, 2, 3}), 0, 0, 0, 0s};
  for (int i = 1; i <= 30; ++i) {
    auto now = caf::timespan{1s * i};
    x.grown(10 * i, 10 * i);
    x.fetched(2, disk, 10 * i, 10 * i, now);
    // Always one step behind.
    x.fetched(3, disk, 10 * (i - 1), 10 * (i - 1), now);
    CHECK_FALSE(x.propose(now, lag));
  }
}

TEST_CASE("whatever replicas say, watermarks stay below all that count") {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    INFO("seed " << seed);
    testing::dice dice{seed};
    replication x{1, role_of({1, 2, 3}), 0, 0, 0, 0s};
    std::map<uint32_t, int64_t> ends{{2, 0}, {3, 0}};
    nodes in_sync{1, 2, 3};
    nodes asked;
    int64_t end = 0;
    int64_t seen = 0;
    uint32_t epoch = 1;
    caf::timespan now{0};
    for (int step = 0; step < 200; ++step) {
      now += std::chrono::milliseconds{dice.pick(0, 4000)};
      auto node = static_cast<uint32_t>(dice.pick(2, 3));
      switch (dice.pick(0, 4)) {
        case 0:
          end += dice.pick(1, 5);
          x.grown(end, end);
          break;
        case 1:
        case 2:
          ends[node] = dice.pick(ends[node], end);
          x.fetched(node, disk, ends[node], ends[node], now);
          break;
        case 3:
          if (auto wanted = x.propose(now, lag))
            asked = wanted->in_sync;
          break;
        default:
          if (asked.empty())
            break;
          if (dice.chance(50)) {
            in_sync = asked;
            x.follow(role_of(in_sync, ++epoch), now);
          } else {
            x.refused(true);
          }
          asked.clear();
      }
      CHECK(x.high_watermark() >= seen);
      if (x.high_watermark() > seen)
        for (const auto& [id, known] : ends)
          if (std::count(in_sync.begin(), in_sync.end(), id) > 0
              || std::count(asked.begin(), asked.end(), id) > 0)
            CHECK(x.high_watermark() <= known);
      seen = x.high_watermark();
      CHECK(x.high_watermark() <= end);
    }
  }
}
