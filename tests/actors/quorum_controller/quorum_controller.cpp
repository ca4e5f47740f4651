// What the controllers of a cluster have agreed on survives the loss of any one
// of them, and nodes that die are found out without anybody's help.
#include "actors/quorum_controller/quorum_controller.hpp"

#include <algorithm>

#include "actors/controller/controller.hpp"
#include "runtime/simulation/inline_flusher.hpp"
#include "tests/actors/quorum_controller/virtual_quorum.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;
using nodes = std::vector<uint32_t>;

namespace {

struct three : virtual_quorum {
  explicit three(uint64_t seed = 0) : virtual_quorum(seed) {
    start(1, true);
    start(2);
    start(3);
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

  /// Lets time pass until somebody else leads; returns who.
  uint32_t next_leader(uint32_t after) {
    for (int i = 0; i < 500; ++i) {
      sys.advance(10ms);
      if (auto found = leader(); found != 0 && found != after)
        return found;
    }
    return 0;
  }

  topic_info topic(uint32_t node, const std::string& name) {
    for (auto& x : whole(node).changed)
      if (x.name == name)
        return x;
    FAIL("no topic " << name);
    return {};
  }
};

} // namespace

TEST_CASE_METHOD(three, "a cluster grows from one node; any node is asked") {
  auto seen = look(2);
  CHECK(seen.leader == 1);
  REQUIRE(seen.members.size() == 3);
  for (const auto& x : seen.members)
    CHECK(x.role == "voter");
  for (uint32_t id : {1, 2, 3}) {
    auto made = create(id, "topic-" + std::to_string(id), 2);
    if (!made)
      FAIL(what(made.error()));
    CHECK(made->placement.at(1).replicas.size() == 3);
  }
  CHECK(settle(3));
  CHECK(whole(3).changed.size() == 3);
  auto again = create(3, "topic-1", 1);
  CHECK(code_of(again.error()) == ec::topic_exists);
}

TEST_CASE_METHOD(three, "when the leader is killed another one leads, and "
                        "partitions have other leaders") {
  REQUIRE(create(1, "sms", 3));
  REQUIRE(settle(3));
  auto began = sys.now();
  kill(1);
  auto next = next_leader(1);
  REQUIRE(next != 0);
  auto is_handed_over = [&] {
    for (const auto& x : topic(next, "sms").placement)
      if (x.leader == 1 || x.leader == 0)
        return false;
    return true;
  };
  for (int i = 0; i < 300 && !is_handed_over(); ++i)
    sys.advance(10ms);
  CHECK(is_handed_over());
  CHECK(sys.now() - began < 3s);
  CHECK(create(next, "mail", 1));

  // It comes back, and is told what it missed.
  start(1);
  CHECK(settle(3));
  CHECK(topic(1, "mail").placement.size() == 1);
}

TEST_CASE_METHOD(three, "who is silent is fenced after its lease") {
  REQUIRE(create(1, "sms", 3));
  REQUIRE(settle(3));
  // Only the node: its controller goes on.
  caf::anon_send_exit(of(2).beater, caf::exit_reason::kill);
  sys.advance(1500ms);
  auto is_fenced = [&] {
    auto all = whole(1).nodes_changed;
    return std::any_of(all.begin(), all.end(),
                       [](const auto& x) { return x.id == 2 && x.is_fenced; });
  };
  of(2).beater = of(1).beater;
  CHECK_FALSE(is_fenced());
  sys.advance(1s);
  CHECK(is_fenced());
  for (const auto& x : topic(1, "sms").placement)
    CHECK(x.leader != 2);
}

TEST_CASE_METHOD(three, "without a majority nothing is changed; with it again "
                        "all goes on") {
  kill(2);
  kill(3);
  auto refused = create(1, "sms", 1);
  CHECK_FALSE(refused);
  start(2);
  CHECK(settle(2));
  // The new leader hears of all who live, and misses the third.
  sys.advance(3s);
  CHECK((create(1, "mail", 1) || create(2, "mail", 1)));
}

TEST_CASE_METHOD(three, "an empty disk is a new member, and in sync with "
                        "nobody") {
  REQUIRE(create(1, "sms", 3));
  REQUIRE(settle(3));
  auto before = look(1);
  kill(3);
  sys.advance(3s);
  lose_disk(3);
  start(3);
  CHECK(settle(3));
  for (const auto& x : topic(3, "sms").placement)
    CHECK(std::count(x.in_sync.begin(), x.in_sync.end(), 3u) == 0);
  // All of it has to be there: the others may go.
  CHECK(look(1).members.size() == 3);
  kill(2);
  sys.advance(3s);
  CHECK(create(3, "mail", 1));
}

TEST_CASE_METHOD(three, "a second node of the same number is refused while "
                        "the first one lives") {
  node_beat beat;
  beat.about.id = 2;
  beat.about.directory_id = {9, 9};
  beat.about.incarnation = {9, 9};
  auto answer = sys.ask<node_lease>(at(3), beat_atom_v, beat);
  REQUIRE_FALSE(answer);
  CHECK(code_of(answer.error()) == ec::wrong_cluster);

  // Its controller takes nothing from the other one either, nor when it ends.
  auto second = sys.spawn([](caf::event_based_actor* self) -> caf::behavior {
    self->set_default_handler(caf::drop);
    return {[](tick_atom) {}};
  });
  for (uint32_t id : {1, 3})
    caf::anon_send(at(id), controller_atom_v, node_disk{2, {9, 9}},
                   caf::actor_cast<caf::strong_actor_ptr>(second));
  for (auto is_there : {true, false}) {
    if (!is_there)
      caf::anon_send_exit(second, caf::exit_reason::kill);
    sys.advance(5s);
    auto made = create(2, is_there ? "sms" : "email", 1);
    if (!made)
      FAIL(what(made.error()));
    REQUIRE(settle(3));
    for (const auto& x : look(1).members) {
      CHECK(x.answers);
      CHECK(x.behind == 0);
    }
  }
}

TEST_CASE_METHOD(three, "while a new leader has not heard of a node, another "
                        "one does not take its number") {
  cut_off(3);
  kill(1);
  start(1);
  // As good as cut off: who leads next believes in it for a while.
  uint32_t next = 0;
  for (int i = 0; i < 500 && next == 0; ++i) {
    sys.advance(10ms);
    next = leader();
  }
  REQUIRE(next != 0);
  node_beat beat;
  beat.about.id = 3;
  beat.about.directory_id = {9, 9};
  beat.about.incarnation = {9, 9};
  auto answer = sys.ask<node_lease>(at(next), beat_atom_v, beat);
  REQUIRE_FALSE(answer);
  CHECK(code_of(answer.error()) == ec::wrong_cluster);
}

TEST_CASE_METHOD(three, "a voter that is cut off is seen not to answer, and "
                        "nobody else is demoted") {
  cut_off(3);
  sys.advance(5s);
  for (const auto& x : look(1).members)
    CHECK(x.answers == (x.node != 3));
  cluster_order order;
  order.what = cluster_order::kind::demote;
  order.node = 2;
  auto refused = sys.ask<caf::ok_atom>(at(1), order_atom_v, order);
  REQUIRE_FALSE(refused);
  CHECK(code_of(refused.error()) == ec::not_available);
  order.node = 3;
  REQUIRE(sys.ask<caf::ok_atom>(at(1), order_atom_v, order));
}

TEST_CASE_METHOD(three, "all lose their power at once, and nothing is lost") {
  REQUIRE(create(2, "sms", 3));
  for (uint32_t id : {1, 2, 3})
    cut_power(id);
  for (uint32_t id : {1, 2, 3})
    start(id);
  CHECK(settle(3));
  CHECK(topic(2, "sms").partitions() == 3);
}

TEST_CASE_METHOD(three, "a leader that is cut off is not believed, and comes "
                        "back as a follower") {
  cut_off(1);
  auto next = next_leader(1);
  REQUIRE(next != 0);
  // It may be on a node only that is said to live.
  CHECK(code_of(create(next, "sms", 1).error()) == ec::not_available);
  sys.advance(3s);
  REQUIRE(create(next, "sms", 1));
  CHECK_FALSE(sys.ask_within<topic_info>(5s, at(1), create_atom_v,
                                         topic_spec{"lost", 1, {}}, false));
  join(1);
  CHECK(settle(3));
  CHECK(whole(1).changed.size() == 1);
}

TEST_CASE_METHOD(three,
                 "a fourth node gets the metadata, and has no vote until "
                 "another one gives its own up") {
  start(4);
  CHECK(settle(4));
  auto role_of = [&](uint32_t node) {
    for (const auto& x : look(leader()).members)
      if (x.node == node)
        return x.role;
    return std::string{};
  };
  CHECK(role_of(4) == "standby");
  cluster_order order;
  order.what = cluster_order::kind::demote;
  order.node = 3;
  REQUIRE(sys.ask<caf::ok_atom>(at(2), order_atom_v, order));
  for (int i = 0; i < 100 && role_of(4) != "voter"; ++i)
    sys.advance(100ms);
  CHECK(role_of(4) == "voter");
  CHECK(role_of(3) == "standby");

  order.what = cluster_order::kind::transfer;
  auto refused = sys.ask<caf::ok_atom>(at(2), order_atom_v, order);
  REQUIRE_FALSE(refused);
  CHECK(what(refused.error()).find("node 3 is none of those that vote")
        != std::string::npos);
  order.node = 4;
  REQUIRE(sys.ask<caf::ok_atom>(at(2), order_atom_v, order));
  CHECK(next_leader(1) == 4);
}

TEST_CASE_METHOD(three, "a leader that is cut off soon gives no leases, though "
                        "it does not know yet that it leads no more") {
  cut_off(1);
  auto began = sys.now();
  node_beat beat;
  beat.about = whole(1).nodes_changed.at(0);
  REQUIRE(beat.about.id == 1);
  auto leases = 0;
  for (int i = 0; i < 300; ++i) {
    auto lease = sys.ask<node_lease>(at(1), beat_atom_v, beat);
    if (lease && lease->length.count() > 0) {
      ++leases;
      CHECK(sys.now() - began <= settings.election_timeout + 50ms);
    }
    sys.advance(10ms);
  }
  CHECK(leases > 0);
}

TEST_CASE_METHOD(three, "a leader that stops hands over first") {
  auto began = sys.now();
  REQUIRE(sys.ask<caf::ok_atom>(at(1), stop_atom_v));
  CHECK(sys.now() - began < 200ms);
  kill(1);
  auto next = next_leader(1);
  CHECK(next != 0);
  CHECK(sys.now() - began < 300ms);
}

TEST_CASE_METHOD(three, "producers' ids are unique, whoever leads") {
  std::vector<int64_t> ids;
  auto identify = [&](uint32_t node) {
    auto x = sys.ask<producer_identity>(at(node), identify_atom_v);
    if (!x)
      FAIL(what(x.error()));
    ids.push_back(x->producer_id);
  };
  for (uint32_t id : {1, 2, 3, 1})
    identify(id);
  kill(1);
  REQUIRE(next_leader(1) != 0);
  identify(2);
  identify(3);
  std::sort(ids.begin(), ids.end());
  CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
}

TEST_CASE("a single node's topics are the beginning of its cluster") {
  virtual_quorum x;
  auto flusher = x.sys.spawn(simulation::inline_flusher);
  auto single = x.sys.spawn(
    controller, controller_config{x.of(1).disk, "metadata", 1, uuid{1, 2}, 100,
                                  4, flusher, x.sys.epoch()});
  auto made = x.sys.ask<topic_info>(single, create_atom_v,
                                    topic_spec{"sms", 2, {}}, false);
  REQUIRE(made);
  REQUIRE(x.sys.ask<caf::ok_atom>(single, stop_atom_v));
  x.start(1, true);
  x.sys.advance(5s);
  auto all = x.whole(1);
  REQUIRE(all.changed.size() == 1);
  CHECK(all.changed[0].id == made->id);
  CHECK(all.changed[0].created_index == made->created_index);
  CHECK(all.changed[0].placement.at(1).leader == 1);
  CHECK_FALSE(x.of(1).disk->exists("metadata"));

  // Its replicas come to the nodes that join.
  x.start(2);
  x.start(3);
  x.sys.advance(10s);
  CHECK(x.whole(2).changed[0].placement.at(1).moving_to.size() > 1);
}

TEST_CASE_METHOD(three, "a node that missed more than is kept gets a "
                        "snapshot") {
  kill(3);
  for (int i = 0; i < 2600; ++i) {
    REQUIRE(create(1, "t", 1));
    REQUIRE(sys.ask<topic_info>(at(1), delete_atom_v, std::string{"t"}));
  }
  REQUIRE(create(1, "sms", 1));
  start(3);
  CHECK(settle(3));
  CHECK(topic(3, "sms").partitions() == 1);
}
