// When most controllers are lost, the one that is left holds the only copy of
// what the cluster is: it must be able to go on with all of it, under epochs
// that the lost ones cannot have used.
#include "actors/quorum_controller/recovery.hpp"

#include "tests/actors/quorum_controller/virtual_quorum.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

struct three : virtual_quorum {
  three() {
    for (uint32_t id : {1, 2, 3})
      start(id, id == 1);
    REQUIRE(settle(3));
  }

  bool settle(size_t nodes) {
    for (int i = 0; i < 200; ++i) {
      if (is_settled(nodes))
        return true;
      sys.advance(100ms);
    }
    return false;
  }

  caf::expected<quorum_recovery> plan(uint32_t node) {
    return plan_recovery(of(node).disk, "quorum", {}, node,
                         to_string(of(node).directory_id), 1);
  }

  caf::expected<producer_identity> identify(uint32_t node) {
    return sys.ask<producer_identity>(at(node), identify_atom_v);
  }

  std::map<std::string, topic_info> topics(uint32_t node) {
    std::map<std::string, topic_info> result;
    for (const auto& x : whole(node).changed)
      result[x.name] = x;
    return result;
  }
};

} // namespace

TEST_CASE_METHOD(three, "the last one that is left goes on with all topics, "
                        "and takes in others") {
  REQUIRE(create(1, "orders", 3));
  REQUIRE(settle(3));
  auto before = topics(3);
  auto producer = identify(1);
  REQUIRE(producer);
  for (uint32_t id : {1, 2, 3})
    kill(id);
  auto recovery = plan(3);
  if (!recovery)
    FAIL(what(recovery.error()));
  CHECK(recovery->members.size() == 3);
  CHECK(recovery->partitions == 3);
  CHECK(recovery->offline.empty());
  // Looking changes nothing.
  auto again = plan(3);
  REQUIRE(again);
  CHECK((again->base == recovery->base));
  REQUIRE(!carry_out(of(3).disk, "quorum", *recovery, 2));
  start(3);
  REQUIRE(settle(1));
  CHECK(leader() == 3);
  auto after = topics(3);
  REQUIRE(after.size() == before.size());
  for (const auto& x : after.at("orders").placement) {
    CHECK(x.leader == 3);
    CHECK(x.leader_epoch >= 1 << 16);
  }
  CHECK(create(3, "more", 1));
  // The lost ones may have given ids that it never heard of.
  auto later = identify(3);
  REQUIRE(later);
  CHECK(later->producer_id - producer->producer_id >= 1 << 30);
  lose_disk(1);
  start(1);
  lose_disk(2);
  start(2);
  REQUIRE(settle(3));
  CHECK(look(1).members.size() == 3);
}

TEST_CASE("what it was not in sync with stays offline, and all that it has "
          "counts") {
  metadata state;
  for (uint32_t id : {1, 2, 3}) {
    node_info node;
    node.id = id;
    REQUIRE(state.apply(register_node{node}, 1));
  }
  const topic_id orders{1, 1};
  const topic_id later{1, 2};
  const partition_placement placed{{1, 2, 3}, {1, 2, 3}, 1, 4, 5, {}};
  REQUIRE(
    state.apply(create_topic{orders, {"orders", 1, {}}, false, {placed}}, 1));
  consensus::stored_state stored;
  stored.voted = {9, 2};
  stored.base.emplace();
  stored.base->index = 7;
  stored.base->term = 3;
  stored.base->members = {{1, "a", consensus::member_role::voter},
                          {3, "c", consensus::member_role::voter}};
  stored.base->state = state.encode();
  // Below the snapshot, then above it: the last ones may not be agreed on.
  stored.first_index = 7;
  auto shrunk = placed;
  ++shrunk.epoch;
  shrunk.in_sync = {1, 2};
  stored.entries = {
    {3, consensus::entry_kind::command, "not looked at"},
    {4, consensus::entry_kind::barrier, ""},
    {4, consensus::entry_kind::command,
     encode_command(set_partitions{{{{orders, 0}, shrunk, {}}}})},
    {5, consensus::entry_kind::command,
     encode_command(create_topic{later, {"later", 1, {}}, false, {placed}})}};
  auto plan = plan_recovery(stored, {}, 3, "c");
  if (!plan)
    FAIL(what(plan.error()));
  CHECK(plan->last_index == 10);
  CHECK(plan->last_term == 5);
  CHECK(plan->partitions == 2);
  CHECK(plan->offline == std::vector<std::string>{"orders-0"});
  CHECK((plan->voted == consensus::vote{10, 0}));
  CHECK(plan->base.index == 11);
  CHECK(plan->base.term == 10);
  REQUIRE(plan->base.members.size() == 1);
  CHECK(plan->base.members.front().address == "c");
  auto after = metadata::decode({}, plan->base.state);
  REQUIRE(after);
  const auto& at = after->topics().at("orders").placement.front();
  CHECK(at.leader == 0);
  CHECK(at.in_sync == shrunk.in_sync);
  CHECK(at.leader_epoch == 4 + (1 << 16));
  CHECK(after->topics().at("later").placement.front().leader == 3);
}

TEST_CASE("a node that was never one of them is not made the only one") {
  auto why = plan_recovery(consensus::stored_state{}, metadata_rules{}, 4, "x");
  REQUIRE(!why);
  CHECK(what(why.error()).find("node 4 knows nothing of its cluster")
        != std::string::npos);
}
