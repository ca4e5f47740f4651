// Who votes: no order and no step leaves those that agree without a majority
// that is there.
#include "actors/quorum_controller/membership.hpp"

#include "actors/protocol/errors.hpp"
#include "tests/catch.hpp"

using namespace troupe;

namespace {

using role = consensus::member_role;

/// Nodes 1 to 5, all well, of which the first three vote and the first leads.
struct five {
  five() {
    for (uint32_t id = 1; id <= 5; ++id) {
      auto& node = nodes[id];
      node.id = id;
      node.directory_id = {7, id};
      node.is_fenced = false;
      view.alive.insert(id);
      view.keeping_up.insert(id);
      view.members.push_back({id, to_string(node.directory_id),
                              id <= 3 ? role::voter : role::standby});
      view.catching_up[id] = consensus::catch_up_state::finished;
    }
    view.self = 1;
    view.nodes = &nodes;
  }

  role role_of(uint32_t node) const {
    return view.members.at(node - 1).role;
  }

  /// Until there is nothing to do any more.
  void settle() {
    for (int i = 0; i < 10; ++i) {
      auto step = next_step(view);
      if (step.is_nothing())
        return;
      REQUIRE_FALSE(step.members.empty());
      view.members = step.members;
    }
    FAIL("it does not come to an end");
  }

  std::map<uint32_t, node_info> nodes;
  membership_view view;
};

std::string refusal(const caf::error& x) {
  return x ? what(x) : "";
}

} // namespace

TEST_CASE_METHOD(five, "membership: all well, nothing to do") {
  CHECK(next_step(view).is_nothing());
}

TEST_CASE_METHOD(five, "membership: another one votes in place of one that is "
                       "demoted, drained or gone") {
  SECTION("demoted") {
    nodes[3].is_standby = true;
  }
  SECTION("drained") {
    nodes[3].is_draining = true;
  }
  settle();
  CHECK(role_of(2) == role::voter);
  CHECK(role_of(3) == role::standby);
  CHECK(role_of(4) == role::voter);
  CHECK(role_of(5) == role::standby);
}

TEST_CASE_METHOD(five, "membership: who is drained keeps its vote when nobody "
                       "else can have it") {
  nodes[3].is_draining = true;
  nodes[4].is_standby = true;
  nodes[5].is_fenced = true;
  CHECK(next_step(view).is_nothing());
}

TEST_CASE_METHOD(five, "membership: two that are drained leave as many votes") {
  nodes[2].is_draining = true;
  nodes[3].is_draining = true;
  SECTION("with one other node") {
    nodes[5].is_fenced = true;
    settle();
    CHECK((role_of(2) == role::voter) != (role_of(3) == role::voter));
    CHECK(role_of(4) == role::voter);
    CHECK(role_of(5) == role::standby);
  }
  SECTION("with two") {
    settle();
    CHECK(role_of(2) == role::standby);
    CHECK(role_of(3) == role::standby);
    CHECK(role_of(4) == role::voter);
    CHECK(role_of(5) == role::voter);
  }
  SECTION("with two that are far behind") {
    view.keeping_up.erase(4);
    view.keeping_up.erase(5);
    CHECK(next_step(view).is_nothing());
  }
}

TEST_CASE_METHOD(five, "membership: a leader that is drained lets another one "
                       "lead") {
  nodes[1].is_draining = true;
  CHECK(next_step(view).new_leader == 2);
  SECTION("one that is not drained, too, and keeps up") {
    nodes[2].is_draining = true;
    nodes[4].is_fenced = true;
    nodes[5].is_fenced = true;
    CHECK(next_step(view).new_leader == 3);
    view.keeping_up.erase(3);
    CHECK(next_step(view).is_nothing());
  }
  SECTION("which takes it its vote") {
    view.self = 2;
    settle();
    CHECK(role_of(1) == role::standby);
    CHECK(role_of(4) == role::voter);
  }
}

TEST_CASE_METHOD(five, "membership: no vote is taken that a majority needs") {
  nodes[3].is_standby = true;
  view.keeping_up.erase(2);
  // Of 1 and 2, only 1 would be there.
  CHECK(next_step(view).is_nothing());
  CHECK(refusal(check_demotion(view, 3)).find("node 2 is down or far behind")
        != std::string::npos);
  CHECK_FALSE(check_demotion(view, 2));
  view.keeping_up.insert(2);
  CHECK_FALSE(next_step(view).is_nothing());
  CHECK_FALSE(check_demotion(view, 3));
}

TEST_CASE_METHOD(five, "membership: demotions that cannot be") {
  CHECK(refusal(check_demotion(view, 1)).find("transfer") != std::string::npos);
  CHECK(refusal(check_demotion(view, 9)).find("there is no node 9")
        != std::string::npos);
  // It has no vote to lose, and is not to get one.
  CHECK_FALSE(check_demotion(view, 5));
  view.members = {{1, to_string(nodes[1].directory_id), role::voter}};
  CHECK(refusal(check_demotion(view, 1)).find("the only one that votes")
        != std::string::npos);
}

TEST_CASE_METHOD(five, "membership: promotions that would do nothing say why") {
  CHECK(refusal(check_promotion(view, 9)).find("there is no node 9")
        != std::string::npos);
  CHECK(refusal(check_promotion(view, 4)).find("3 nodes vote, as many as")
        != std::string::npos);
  CHECK_FALSE(check_promotion(view, 2));
  nodes[4].is_standby = true;
  CHECK_FALSE(check_promotion(view, 4));
  nodes[5].is_draining = true;
  CHECK(refusal(check_promotion(view, 5)).find("undrain") != std::string::npos);
}
