// A client that has asked a node which then dies must learn it at once: without
// that producers and consumers stood still for a whole request timeout, 10 s,
// after the node was back.
#include "runtime/node_link.hpp"

#include <caf/send.hpp>
#include <caf/typed_actor.hpp>

#include "tests/catch.hpp"
#include "tests/later.hpp"

using namespace troupe;
using troupe::tests::ask_later;

namespace {

/// Takes what it is asked and never answers, save for its status.
caf::behavior silent_node(caf::event_based_actor* self) {
  return {
    [=](locate_atom, const topic_partition&) {
      return self->make_response_promise();
    },
    [](status_atom) { return node_status{}; },
  };
}

caf::behavior stopping_node() {
  return {[](status_atom) -> caf::result<node_status> {
    return make_error(ec::shutting_down, "the node is stopping");
  }};
}

caf::behavior other_node() {
  return {[](status_atom) {
    node_status x;
    x.node_id = 2;
    return x;
  }};
}

/// Leads from any address to the same node.
connector_actor::behavior_type one_way(connector_actor::pointer,
                                       const node_actor& node) {
  return {[=](caf::connect_atom, const std::string&) {
    return caf::actor_cast<caf::strong_actor_ptr>(node);
  }};
}

connector_actor::behavior_type nowhere(connector_actor::pointer) {
  return {
    [](caf::connect_atom,
       const std::string&) -> caf::result<caf::strong_actor_ptr> {
      return make_error(ec::not_available, "nobody is there");
    },
  };
}

} // namespace

TEST_CASE("node_link: what a lost node has not answered fails at once") {
  simulation::virtual_system sys{1};
  auto node = caf::actor_cast<node_actor>(sys.spawn(silent_node));
  auto link =
    sys.spawn(node_link, sys.spawn(nowhere), std::vector<std::string>{"here:1"},
              node, log_reporter{});
  auto status = ask_later<node_status>(sys, link, status_atom_v);
  auto place = ask_later<partition_actor>(sys, link, locate_atom_v,
                                          topic_partition{topic_id{1, 2}, 0});
  sys.run();
  REQUIRE(status->has_value());
  CHECK((*status)->engaged());
  REQUIRE(!place->has_value());
  caf::anon_send_exit(node, caf::exit_reason::kill);
  sys.run();
  REQUIRE(place->has_value());
  CHECK(code_of((*place)->error()) == ec::not_available);
  // Nor is anything sent to it that would get no answer.
  auto later = ask_later<node_status>(sys, link, status_atom_v);
  sys.run();
  REQUIRE(later->has_value());
  CHECK(code_of((*later)->error()) == ec::not_available);
  CHECK(what((*later)->error()).find("away") != std::string::npos);
}

TEST_CASE("node_link: a node that stops is left for another one") {
  simulation::virtual_system sys{1};
  auto stops = caf::actor_cast<node_actor>(sys.spawn(stopping_node));
  auto other = caf::actor_cast<node_actor>(sys.spawn(other_node));
  auto link = sys.spawn(node_link, sys.spawn(one_way, other),
                        std::vector<std::string>{"here:1", "there:1"}, stops,
                        log_reporter{});
  auto status = ask_later<node_status>(sys, link, status_atom_v);
  sys.run();
  REQUIRE(status->has_value());
  // Who asks tries again.
  CHECK(code_of((*status)->error()) == ec::not_available);
  CHECK(what((*status)->error()).find("stopping") != std::string::npos);
  sys.advance(std::chrono::seconds{1});
  auto again = ask_later<node_status>(sys, link, status_atom_v);
  sys.run();
  REQUIRE(again->has_value());
  REQUIRE((*again)->engaged());
  CHECK((**again)->node_id == 2);
}
