// The exploration looks at one world for all that differ in who is who, and
// leaves out what is on its way and can do nothing. Walks hold it to both: what
// follows from a world follows from each that it stands for, and what is said
// to do nothing does nothing.
#include <algorithm>
#include <tuple>

#include "tests/actors/coordinator/explore/idle.hpp"
#include "tests/actors/coordinator/explore/member_step.hpp"
#include "tests/actors/coordinator/explore/walks.hpp"
#include "tests/actors/coordinator/explore/words.hpp"
#include "tests/catch.hpp"

using namespace troupe::explore;

namespace {

using seen = std::tuple<uint64_t, uint64_t, bool>;

/// What may follow from a world, whoever is who.
std::vector<seen> all_after(const world& x, const budget& left, moves& next,
                            const symmetry& one_of) {
  std::vector<seen> result;
  for (const auto& y : next.of(x, left)) {
    auto after = digest_of(one_of(y.after));
    result.emplace_back(after.low, after.high, y.fault.empty());
  }
  std::sort(result.begin(), result.end());
  return result;
}

void walk_renamed(uint64_t seed, const bounds& limits, coordinator_step& step) {
  std::mt19937_64 random{seed};
  moves next{limits, step};
  symmetry one_of{limits};
  REQUIRE(one_of.size() > 1);
  auto x = first_world(limits);
  auto left = limits.events;
  for (int i = 0; i < 60; ++i) {
    auto other = one_of.renamed(x, random() % one_of.size());
    REQUIRE(digest_of(one_of(x)) == digest_of(one_of(other)));
    REQUIRE(all_after(x, left, next, one_of)
            == all_after(other, left, next, one_of));
    const auto& all = next.of(x, left);
    if (all.empty())
      return;
    const auto& y = all[draw(all, random)];
    left = y.left;
    x = world{y.after};
  }
}

/// All that was ever on its way.
struct history {
  std::vector<std::pair<u8, down_message>> down;
  std::vector<up_message> up;

  void add(const world& before, const action& what) {
    const auto& x = before.members[what.slot];
    if (what.what == act::hear)
      down.emplace_back(what.slot, x.down.items[0]);
    if (what.what == act::hear_late)
      down.emplace_back(what.slot, x.late.items[0]);
    if (what.what == act::take)
      up.push_back(x.up.items[0]);
    if (what.what == act::take_commit)
      up.push_back(x.commit_up);
    if (what.what == act::reload)
      for (auto& [slot, message] : down)
        ++message.age;
  }
};

/// How many messages would do nothing.
size_t check_idle(const world& x, const history& past, const bounds& limits,
                  coordinator_step& step) {
  size_t count = 0;
  for (const auto& [slot, message] : past.down) {
    auto member = x.members[slot];
    if (member.phase == member::dead || !is_idle(member, message))
      continue;
    receive(member, slot, message, limits);
    REQUIRE(age_that_matters(member) == age_that_matters(x.members[slot]));
    member.age = x.members[slot].age;
    REQUIRE(is_same(member, x.members[slot]));
    ++count;
  }
  for (const auto& message : past.up) {
    if (!is_idle(x, message))
      continue;
    input in;
    in.what = input::arrival;
    in.message = message;
    const auto& result = step(x.group, in);
    REQUIRE(is_same(result.after, x.group));
    REQUIRE(result.has_records == 0);
    for (size_t i = 0; i < result.sent_used; ++i)
      REQUIRE(is_idle(x.members[result.out[i].slot], result.out[i].what));
    ++count;
  }
  return count;
}

size_t walk_idle(uint64_t seed, const bounds& limits, coordinator_step& step) {
  std::mt19937_64 random{seed};
  moves next{limits, step};
  auto x = first_world(limits);
  auto left = limits.events;
  history past;
  size_t count = 0;
  for (int i = 0; i < 70; ++i) {
    const auto& all = next.of(x, left);
    if (all.empty())
      break;
    const auto& y = all[draw(all, random)];
    INFO(in_words(x, y));
    past.add(x, y.what);
    left = y.left;
    x = world{y.after};
    count += check_idle(x, past, limits, step);
  }
  return count;
}

} // namespace

TEST_CASE("explore: nothing depends on who is who") {
  auto limits = wide_bounds();
  coordinator_step step{limits};
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    walk_renamed(seed, limits, step);
  }
  change(limits, "static=0 partitions=2");
  coordinator_step other{limits};
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    walk_renamed(seed, limits, other);
  }
}

TEST_CASE("explore: what is left out does nothing") {
  auto limits = wide_bounds();
  coordinator_step step{limits};
  size_t count = 0;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    count += walk_idle(seed, limits, step);
  }
  CHECK(count > 1000);
}
