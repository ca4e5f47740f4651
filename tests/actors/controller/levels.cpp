// A cluster of several versions: a node that does not know what the others say
// would misread it, so it must not be taken in, and nobody may say it too soon.
#include "actors/controller/levels.hpp"

#include "tests/actors/controller/cluster_fixture.hpp"

using namespace troupe;
using namespace troupe::testing;

namespace {

struct mixed : fixture {
  mixed() {
    state = metadata{{{1, 2}, 1000, 4, 3, {1, 3}}};
  }

  void join(uint32_t id, level_range levels) {
    auto about = info(id);
    about.version = "v" + std::to_string(levels.newest);
    about.levels = levels;
    REQUIRE(!check_registration(state, about));
    carry_out(plan_registration(state, about));
    carry_out(plan_unfence(state, id));
  }

  void upgrade(uint32_t to = 0) {
    auto plan = plan_upgrade(state, to);
    if (!plan)
      FAIL(what(plan.error()));
    carry_out(*plan);
  }

  std::string refusal(uint32_t to = 0) {
    auto plan = plan_upgrade(state, to);
    return plan ? "" : what(plan.error());
  }

  std::string refusal_of(level_range levels) {
    auto about = info(9);
    about.version = "v";
    about.levels = levels;
    auto why = check_registration(state, about);
    return why ? what(why) : "";
  }
};

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE_METHOD(mixed, "a new cluster settles on what all its nodes support") {
  CHECK(plan_first_level(state, 1).empty());
  join(1, {1, 3});
  CHECK(plan_first_level(state, 3).empty());
  join(2, {1, 2});
  join(3, {1, 3});
  carry_out(plan_first_level(state, 3));
  CHECK(state.level() == 2);
  CHECK(last.level == 2);
  CHECK(plan_first_level(state, 3).empty());
}

TEST_CASE_METHOD(mixed, "until it has settled it is at the first level") {
  join(1, {1, 3});
  CHECK(has(refusal_of({2, 3}), "the cluster is at feature level 1, this "
                                "program supports levels 2 to 3: bring the "
                                "cluster to a newer level first"));
}

TEST_CASE_METHOD(mixed, "the level is raised once all nodes support it") {
  for (uint32_t id : {1, 2, 3})
    join(id, {1, 1});
  carry_out(plan_first_level(state, 3));
  CHECK(state.level() == 1);
  upgrade();
  CHECK(state.level() == 1);
  join(1, {1, 2});
  CHECK(has(refusal(), "node 2 (version v1) supports level 1, node 3 (version "
                       "v1) supports level 1"));
  join(2, {1, 3});
  join(3, {1, 2});
  CHECK(has(refusal(3), "node 1 (version v2) supports levels 1 to 2, node 3"));
  upgrade(2);
  CHECK(state.level() == 2);
  join(1, {2, 3});
  join(3, {2, 3});
  upgrade();
  CHECK(state.level() == 3);
}

TEST_CASE_METHOD(mixed, "a node that is down counts, a removed one does not") {
  for (uint32_t id : {1, 2, 3})
    join(id, {1, id == 3 ? 1u : 2u});
  carry_out(plan_first_level(state, 3));
  carry_out(plan_fence(state, 3));
  CHECK(has(refusal(), "node 3 (version v1, down) supports level 1"));
  carry_out(std::vector<command>{remove_node{3}});
  upgrade();
  CHECK(state.level() == 2);
}

TEST_CASE_METHOD(mixed, "the level never goes down, and who is too old goes") {
  join(1, {1, 2});
  carry_out(plan_first_level(state, 1));
  CHECK(has(refusal(1), "never goes back to 1"));
  CHECK(has(refusal_of({1, 1}),
            "node 9 of version v is not taken in: the cluster is at feature "
            "level 2, this program supports level 1: run the version"));
  CHECK(refusal_of({1, 3}) == "");
  CHECK(refusal_of({2, 2}) == "");
  CHECK(code_of(state.apply(raise_level{2}, 1).error()) == ec::corrupt_log);
  CHECK(code_of(state.apply(raise_level{1}, 1).error()) == ec::corrupt_log);
  // Written by a newer program.
  CHECK(code_of(state.apply(raise_level{4}, 1).error())
        == ec::unsupported_version);
  CHECK(state.level() == 2);
}

TEST_CASE_METHOD(mixed, "an image has the level, and is not read below it") {
  join(1, {1, 2});
  carry_out(plan_first_level(state, 1));
  auto bytes = state.encode();
  auto copy = metadata::decode(state.rules(), bytes);
  REQUIRE(copy);
  CHECK((*copy == state));
  auto why = metadata::decode({}, bytes);
  REQUIRE(!why);
  CHECK(code_of(why.error()) == ec::unsupported_version);
  CHECK(has(what(why.error()), "of feature level 2; this program supports "
                               "level 1"));
}
