// A member that believes the wrong push works on what is not its own. The rules
// were found by model checking; here they are as a table.
#include "actors/consumer/membership_view.hpp"

#include "tests/catch.hpp"

using namespace troupe;

namespace {

constexpr uuid me{1, 2};

topic_partition part(int32_t n) {
  return {uuid{5, 5}, n};
}

assigned_partition given(int32_t n, bool is_paused = false) {
  return {part(n), "messages", 10 * n, -1, start_reason::committed, is_paused};
}

/// A member at epoch 5 of coordinator 2 that owns 0 and 1, and drains 2 for
/// revocation 7.
membership_view member() {
  membership_view x;
  x.join(me);
  x.admit({2, 5});
  x.assign({2, me, 5, {given(0), given(1), given(2)}});
  x.revoke({2, me, 5, 7, {part(2)}});
  return x;
}

} // namespace

TEST_CASE("a member is who was admitted, or told anything") {
  membership_view x;
  CHECK(x.member().is_nil());
  CHECK(x.assign({1, uuid{}, 1, {given(0)}}).added.empty());
  x.join(me);
  CHECK_FALSE(x.is_member());
  SECTION("admitted") {
    CHECK(x.admit({1, 4}));
    CHECK(x.is_member());
    CHECK(x.epoch() == 4);
  }
  SECTION("told first") {
    CHECK(x.assign({1, me, 5, {given(0)}}).added.size() == 1);
    CHECK(x.is_member());
    CHECK(x.admit({1, 4}));
    CHECK(x.epoch() == 5);
  }
  SECTION("by an older coordinator") {
    x.hears(3);
    CHECK_FALSE(x.admit({2, 4}));
    CHECK_FALSE(x.is_member());
  }
}

TEST_CASE("what is assigned twice, or still drains, is not begun again") {
  auto x = member();
  auto change = x.assign({2, me, 6, {given(1), given(2), given(3)}});
  REQUIRE(change.added.size() == 1);
  CHECK(change.added[0].id == part(3));
  CHECK(x.epoch() == 6);
  CHECK(x.draining().contains(part(2)));
}

TEST_CASE("a revoke drains what is owned and answers what is not held") {
  auto x = member();
  auto change = x.revoke({2, me, 5, 8, {part(1), part(2), part(9)}});
  CHECK(change.draining == std::vector<topic_partition>{part(1)});
  REQUIRE(change.answer);
  CHECK(change.answer->member == me);
  CHECK(change.answer->revocation_id == 8);
  REQUIRE(change.answer->released.size() == 1);
  CHECK(change.answer->released[0].id == part(9));
  // A drain that was asked for again answers the later revocation.
  CHECK(x.release(part(2)) == 8);
  CHECK(x.release(part(1)) == 8);
  CHECK_FALSE(x.holds(part(1)));
}

TEST_CASE("a state push leaves exactly what it says") {
  auto x = member();
  auto change =
    x.restate({3, me, 6, {given(0, true), given(4)}, 9, {part(2), part(8)}});
  CHECK(change.dropped == std::vector<topic_partition>{part(1)});
  REQUIRE(change.added.size() == 1);
  CHECK(change.added[0].id == part(4));
  REQUIRE(change.paused.size() == 1);
  CHECK(change.paused[0] == std::pair{part(0), true});
  CHECK(change.draining.empty());
  REQUIRE(change.answer);
  CHECK(change.answer->released[0].id == part(8));
  CHECK(x.owned() == std::set<topic_partition>{part(0), part(4)});
  CHECK(x.draining() == std::map<topic_partition, int64_t>{{part(2), 9}});
  CHECK(x.coordinator_epoch() == 3);
}

TEST_CASE("a state push that knows nothing of a drain ends it at once") {
  auto x = member();
  auto change = x.restate({2, me, 5, {given(0), given(1)}, 0, {}});
  CHECK(change.dropped == std::vector<topic_partition>{part(2)});
  CHECK(x.draining().empty());
}

TEST_CASE("pushes that are not believed change nothing") {
  struct row {
    const char* what;
    uuid to;
    int32_t coordinator_epoch;
    int64_t member_epoch;
  };
  auto r = GENERATE(row{"another member", uuid{9, 9}, 2, 5},
                    row{"an older coordinator", me, 1, 5},
                    row{"an older epoch", me, 2, 4});
  INFO(r.what);
  auto x = member();
  auto owned = x.owned();
  CHECK(x.assign({r.coordinator_epoch, r.to, r.member_epoch, {given(9)}})
          .added.empty());
  auto revoked =
    x.revoke({r.coordinator_epoch, r.to, r.member_epoch, 9, {part(0)}});
  CHECK(revoked.draining.empty());
  CHECK_FALSE(revoked.answer);
  auto stated =
    x.restate({r.coordinator_epoch, r.to, r.member_epoch, {}, 0, {}});
  CHECK(stated.dropped.empty());
  CHECK(x.owned() == owned);
  CHECK(x.draining().size() == 1);
  CHECK(x.epoch() == 5);
}

TEST_CASE("a fence and a pause name no epoch of the member") {
  auto x = member();
  CHECK(x.fence({2, me, "late"}).is_fenced);
  CHECK_FALSE(x.fence({1, me, "late"}).is_fenced);
  CHECK_FALSE(x.fence({2, uuid{9, 9}, "late"}).is_fenced);
  CHECK(x.pause({2, me, {part(0), part(9)}, true}).paused.size() == 1);
  CHECK(x.pause({1, me, {part(0)}, true}).paused.empty());
}

TEST_CASE("a member that leaves holds nothing, but knows the coordinator") {
  auto x = member();
  x.leave();
  CHECK(x.owned().empty());
  CHECK(x.draining().empty());
  CHECK_FALSE(x.fence({2, uuid{}, "late"}).is_fenced);
  x.join(uuid{4, 4});
  CHECK(x.assign({1, uuid{4, 4}, 9, {given(0)}}).added.empty());
  CHECK(x.assign({2, uuid{4, 4}, 1, {given(0)}}).added.size() == 1);
}
