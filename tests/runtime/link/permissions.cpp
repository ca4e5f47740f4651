// A certificate must open what its role is for, and nothing else: one clause of
// an interface that is not thought of here would be open to nobody, or, worse,
// to everybody.
#include "runtime/link/permissions.hpp"

#include <map>

#include <caf/event_based_actor.hpp>
#include <caf/system_messages.hpp>

#include "actors/protocol/interfaces.hpp"
#include "tests/runtime/link/certificates.hpp"
#include "tests/runtime/link/two_processes.hpp"

using namespace troupe;
using namespace troupe::link;
using namespace troupe::tests;

namespace {

template <class Clause>
struct first_message;

template <class... Ts, class Output>
struct first_message<caf::typed_mpi<caf::detail::type_list<Ts...>, Output>> {
  static caf::message make() {
    return caf::make_message(Ts{}...);
  }
};

template <class Signatures>
struct messages_of;

template <class... Clauses>
struct messages_of<caf::detail::type_list<Clauses...>> {
  static std::vector<caf::message> make() {
    return {first_message<Clauses>::make()...};
  }
};

/// One of each that this role understands.
template <class Handle>
std::vector<caf::message> clauses_of() {
  return messages_of<typename Handle::signatures>::make();
}

reset_request preview_of_reset() {
  reset_request x;
  x.is_preview = true;
  return x;
}

delete_request preview_of_deletion() {
  delete_request x;
  x.is_preview = true;
  return x;
}

} // namespace

TEST_CASE("permissions: what each role may do") {
  using op = operation;
  struct row {
    op what;
    bool reader;
    bool worker;
    bool admin;
    const char* who;
  };
  auto r = GENERATE(
    row{op::look, true, true, true, "OU=reader or OU=worker or OU=admin"},
    row{op::fetch, true, true, true, "OU=reader or OU=worker or OU=admin"},
    row{op::produce, false, true, true, "OU=worker or OU=admin"},
    row{op::consume, false, true, true, "OU=worker or OU=admin"},
    row{op::change_topics, false, false, true, "OU=admin"},
    row{op::delete_records, false, false, true, "OU=admin"},
    row{op::change_groups, false, false, true, "OU=admin"},
    row{op::change_cluster, false, false, true, "OU=admin"},
    row{op::backup, false, false, true, "OU=admin"},
    row{op::stop, false, false, true, "OU=admin"},
    row{op::take_part, false, false, false, "OU=node"});
  INFO(to_string(r.what));
  CHECK(may(peer_role::reader, r.what) == r.reader);
  CHECK(may(peer_role::worker, r.what) == r.worker);
  CHECK(may(peer_role::admin, r.what) == r.admin);
  CHECK(may(peer_role::node, r.what));
  CHECK_FALSE(may(peer_role::none, r.what));
  CHECK(who_may(r.what) == r.who);
}

TEST_CASE("permissions: what messages ask for") {
  using op = operation;
  struct row {
    caf::message content;
    op what;
  };
  using choices = std::vector<partition_choice>;
  auto name = std::string{"x"};
  for (const auto& r : {
         row{caf::make_message(topics_atom_v), op::look},
         row{caf::make_message(topic_atom_v, name), op::look},
         row{caf::make_message(status_atom_v), op::look},
         row{caf::make_message(describe_atom_v), op::look},
         row{caf::make_message(nodes_atom_v), op::look},
         row{caf::make_message(reset_atom_v, preview_of_reset()), op::look},
         row{caf::make_message(delete_atom_v, preview_of_deletion()), op::look},
         row{caf::make_message(fetch_atom_v, fetch_request{}), op::fetch},
         row{caf::make_message(append_atom_v, append_request{}), op::produce},
         row{caf::make_message(identify_atom_v), op::produce},
         row{caf::make_message(join_atom_v, join_request{}, consumer_actor{}),
             op::consume},
         row{caf::make_message(beat_atom_v, heartbeat{}), op::consume},
         row{caf::make_message(commit_atom_v, commit_request{}), op::consume},
         row{caf::make_message(create_atom_v, topic_spec{}), op::change_topics},
         row{caf::make_message(delete_atom_v, name), op::change_topics},
         row{caf::make_message(delete_atom_v, delete_request{}),
             op::delete_records},
         row{caf::make_message(delete_atom_v), op::change_groups},
         row{caf::make_message(reset_atom_v, reset_request{}),
             op::change_groups},
         row{caf::make_message(pause_atom_v, choices{}, true),
             op::change_groups},
         row{caf::make_message(order_atom_v, cluster_order{}),
             op::change_cluster},
         row{caf::make_message(create_atom_v, topic_spec{"a", 1, {}}),
             op::change_topics},
         row{caf::make_message(create_atom_v, topic_spec{"a.G.dead", 1, {}}),
             op::produce},
         row{caf::make_message(create_atom_v, topic_spec{"a.G.parked", 1, {}}),
             op::produce},
         row{caf::make_message(backup_atom_v), op::backup},
         row{caf::make_message(stop_atom_v), op::stop},
         row{caf::make_message(create_atom_v, topic_spec{}, true),
             op::take_part},
         row{caf::make_message(controller_atom_v), op::take_part},
         row{caf::make_message(raft_atom_v, 1u, name), op::take_part},
         row{caf::make_message(replicate_atom_v, replica_fetch{}),
             op::take_part},
         row{caf::make_message(beat_atom_v, node_beat{}), op::take_part},
         row{caf::make_message(host_atom_v, name), op::take_part},
       }) {
    INFO(caf::to_string(r.content));
    CHECK(operation_of(r.content) == r.what);
  }
}

TEST_CASE("permissions: every clause that others reach has its class") {
  for (const auto& clauses :
       {clauses_of<node_actor>(), clauses_of<partition_actor>(),
        clauses_of<coordinator_actor>(), clauses_of<controller_actor>(),
        clauses_of<backup_actor>()})
    for (const auto& x : clauses) {
      INFO(caf::to_string(x));
      CHECK(operation_of(x).has_value());
    }
}

TEST_CASE("permissions: what is no request only nodes may send") {
  // What CAF's actors understand besides their interface, and what none does.
  for (const auto& x :
       {caf::make_message(caf::down_msg{}), caf::make_message(caf::sys_atom_v),
        caf::make_message(std::string{"x"}), caf::message{},
        caf::make_message(assign_atom_v, assignment{})}) {
    INFO(caf::to_string(x));
    for (auto role : {peer_role::none, peer_role::reader, peer_role::worker,
                      peer_role::admin})
      CHECK(code_of(check_permission(role, x)) == ec::not_allowed);
    CHECK_FALSE(check_permission(peer_role::node, x));
  }
  CHECK(what(check_permission(peer_role::reader,
                              caf::make_message(delete_atom_v, std::string{})))
        == "not_allowed: a certificate with OU=reader may not create, change "
           "or delete topics; one with OU=admin may");
}

TEST_CASE("link: a peer gets what its role may, and is told what not") {
  certificates pki;
  auto config = a_node(1, pki.of("node-1"));
  config.check = check_permission;
  linked_process node{config};
  auto asked = std::make_shared<std::atomic<int>>(0);
  auto address = node.publish(node.spawn([=](caf::event_based_actor*) {
    return caf::behavior{
      [=](groups_atom) { return std::vector<std::string>{"G"}; },
      [=](delete_atom) {
        ++*asked;
        return caf::ok_atom_v;
      },
      [=](tick_atom) {
        ++*asked;
        return caf::ok_atom_v;
      },
    };
  }));
  auto deletes = [&](const char* name, auto what_atom) {
    linked_process client{a_client(pki.of(name))};
    auto door = client.connect(address);
    CHECK(client.ask<std::vector<std::string>>(door, groups_atom_v));
    // Whoever does not wait for an answer has none, and gets no further.
    caf::anon_send(door, what_atom);
    auto done = client.ask<caf::ok_atom>(door, what_atom);
    return done ? std::string{} : what(done.error());
  };
  for (auto name : {"reader", "worker"})
    CHECK(deletes(name, delete_atom_v)
          == fmt::format("not_allowed: a certificate with OU={} may not pause, "
                         "reset or delete groups; one with OU=admin may",
                         name));
  CHECK(*asked == 0);
  CHECK(deletes("admin", tick_atom_v).find("one with OU=node may")
        != std::string::npos);
  CHECK(*asked == 0);
  CHECK(deletes("admin", delete_atom_v).empty());
  CHECK(deletes("node-2", tick_atom_v).empty());
  CHECK(*asked == 4);
  CHECK(node.reports("request refused"));
  // Twice refused, said once.
  auto all = node.all_reports();
  auto first = all.find("OU=reader may not pause");
  REQUIRE(first != std::string::npos);
  CHECK(all.find("OU=reader may not pause", first + 1) == std::string::npos);
}
