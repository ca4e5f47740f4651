// The exploration stands on two claims: that nothing but the order of epochs,
// ids and lives matters, and that the bytes of a group leave out nothing that
// decides anything. Walks through the worlds hold them to it: beside each walk
// goes one whose numbers are never renamed, and a group that is never made of
// bytes.
#include "tests/actors/coordinator/explore/normal_form.hpp"
#include "tests/actors/coordinator/explore/walks.hpp"
#include "tests/actors/coordinator/explore/words.hpp"
#include "tests/catch.hpp"

using namespace troupe::explore;

namespace {

void walk(uint64_t seed, const bounds& limits, coordinator_step& step) {
  std::mt19937_64 random{seed};
  moves named{limits, step};
  moves renamed{limits, step};
  auto x = first_world(limits);
  auto y = x;
  auto left = limits.events;
  auto living = step.make(x.group);
  for (int i = 0; i < 70; ++i) {
    const auto& of_x = named.of(x, left);
    const auto& of_y = renamed.of(y, left);
    REQUIRE(of_x.size() == of_y.size());
    if (of_x.empty())
      return;
    auto which = draw(of_x, random);
    const auto& next = of_x[which];
    INFO(in_words(x, next));
    REQUIRE(next.fault == of_y[which].fault);
    REQUIRE(next.what.what == of_y[which].what.what);
    if (next.cause) {
      if (next.cause->what == input::reload) {
        auto loaded = x.group;
        loaded.known = table_after(x, next.what.value);
        living = step.reloaded(loaded);
      }
      auto outcome = step.advance(living, x.group, *next.cause);
      REQUIRE(is_same(outcome.after, next.after.group));
    }
    left = next.left;
    auto y_after = of_y[which].after;
    x = world{next.after};
    y = y_after;
    normalize(y);
    auto same = x;
    normalize(same);
    REQUIRE(is_same(same, y));
  }
}

} // namespace

TEST_CASE("explore: neither names nor what is left out decide anything") {
  auto limits = wide_bounds();
  coordinator_step step{limits};
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    walk(seed, limits, step);
  }
}
