// What an actor may expect of one of another process: answers, or errors, soon;
// word of its end; and that handles are good wherever they are sent.
#include "runtime/link/link.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <caf/event_based_actor.hpp>

#include "tests/runtime/link/certificates.hpp"
#include "tests/runtime/link/two_processes.hpp"

using namespace troupe;
using namespace troupe::tests;

namespace {

/// Says again what it is told; never answers `idle`; hands out what it knows.
caf::behavior echo(caf::event_based_actor* self) {
  return {
    [](const std::string& x) { return x; },
    [](const std::string& x, uint32_t times) {
      std::string result;
      for (uint32_t i = 0; i < times; ++i)
        result += x;
      return result;
    },
    [=](caf::idle_atom) { return self->make_response_promise(); },
    [=](caf::delete_atom) {
      self->quit(caf::exit_reason::user_shutdown);
      return true;
    },
  };
}

/// Keeps a handle for whoever asks; passes on what it is asked.
caf::behavior keeper(caf::event_based_actor* self) {
  auto kept = std::make_shared<caf::actor>();
  return {
    [=](caf::put_atom, const caf::actor& x) {
      *kept = x;
      return true;
    },
    [=](caf::get_atom) { return *kept; },
    [=](const std::string& x) { return self->delegate(*kept, x); },
  };
}

/// Notes the end of what it watches.
caf::behavior watcher(caf::event_based_actor* self, const caf::actor& whom) {
  auto reason = std::make_shared<std::string>();
  self->monitor(whom);
  self->set_down_handler(
    [=](const caf::down_msg& x) { *reason = what(x.reason); });
  return {[=](caf::get_atom) { return *reason; }};
}

std::string text(const caf::expected<std::string>& x) {
  return x ? *x : "error: " + what(x.error());
}

} // namespace

TEST_CASE("link: requests are answered, in the clear and encrypted") {
  certificates pki;
  auto is_encrypted = GENERATE(false, true);
  auto files = [&](const char* name) {
    return is_encrypted ? pki.of(name) : tls_settings{};
  };
  linked_process a{a_node(1, files("node-1"))};
  linked_process b{a_client(files("worker"))};
  auto door = b.connect(a.publish(a.spawn(echo)));
  CHECK(text(b.ask<std::string>(door, std::string{"hi"})) == "hi");
  auto large = b.ask<std::string>(door, std::string(1000, 'x'), 3000u);
  REQUIRE(large);
  CHECK(large->size() == 3'000'000);
  for (int i = 0; i < 300; ++i)
    REQUIRE(text(b.ask<std::string>(door, std::to_string(i)))
            == std::to_string(i));
  CHECK(a.links->pending()->size() == 0);
  CHECK(b.links->pending()->size() == 0);
  // Askers that have ended leave nothing behind.
  CHECK(
    eventually([&] { return a.links->proxies_of(b.system().node()) <= 1; }));
}

TEST_CASE("link: one for each address, made again when it is lost") {
  auto b = std::make_unique<linked_process>(a_client());
  std::string address;
  caf::strong_actor_ptr first;
  {
    linked_process a{a_node(1)};
    address = a.publish(a.spawn(echo));
    first = *b->find(address);
    CHECK(*b->find(address) == first);
  }
  CHECK(
    b->refusal(address).find("not_available: " + address + " is not reached")
    == 0);
}

TEST_CASE("link: who asks is answered when the other side is lost") {
  auto a = std::make_unique<linked_process>(a_node(1));
  linked_process b{a_client()};
  auto door = b.connect(a->publish(a->spawn(echo)));
  auto end = b.spawn(watcher, door);
  caf::scoped_actor self{b.system()};
  auto waiting =
    self->request(door, std::chrono::seconds{20}, caf::idle_atom_v);
  CHECK(text(b.ask<std::string>(door, std::string{"hi"})) == "hi");
  CHECK(b.links->pending()->size() == 1);
  a.reset();
  std::string why;
  waiting.receive([] {}, [&](const caf::error& x) { why = what(x); });
  // A process that ends may come to say that its actors do.
  auto is_loss = [](const std::string& x) {
    return x == "the connection was lost" || x == "it is not there any more";
  };
  INFO(why);
  CHECK(is_loss(why));
  std::string told;
  auto is_told = eventually([&] {
    told = text(b.ask<std::string>(end, caf::get_atom_v));
    return !told.empty();
  });
  INFO(told);
  CHECK(is_told);
  CHECK(text(b.ask<std::string>(door, std::string{"hi"})).find("error") == 0);
}

TEST_CASE("link: the end of an actor is told, with its reason") {
  linked_process a{a_node(1)};
  linked_process b{a_client()};
  auto door = b.connect(a.publish(a.spawn(echo)));
  auto end = b.spawn(watcher, door);
  CHECK(text(b.ask<std::string>(end, caf::get_atom_v)).empty());
  CHECK(b.ask<bool>(door, caf::delete_atom_v));
  CHECK(eventually([&] {
    return text(b.ask<std::string>(end, caf::get_atom_v)) == "it was stopped";
  }));
  CHECK(text(b.ask<std::string>(door, std::string{"hi"}))
        == "error: it is not there any more");
}

TEST_CASE("link: actors are linked across processes, and not killed") {
  linked_process a{a_node(1)};
  linked_process b{a_client()};
  auto server = a.spawn(echo);
  auto door = b.connect(a.publish(server));
  caf::anon_send_exit(door, caf::exit_reason::kill);
  CHECK(text(b.ask<std::string>(door, std::string{"hi"})) == "hi");
  auto linked = b.system().spawn([=](caf::event_based_actor* self) {
    self->link_to(door);
    return caf::behavior{[=](caf::delete_atom) {
      self->quit(caf::exit_reason::user_shutdown);
      return true;
    }};
  });
  CHECK(text(b.ask<std::string>(door, std::string{"hi"})) == "hi");
  auto end = a.spawn(watcher, server);
  // It watches by now.
  CHECK(a.ask<std::string>(end, caf::get_atom_v));
  CHECK(b.ask<bool>(linked, caf::delete_atom_v));
  std::string told;
  auto is_told = eventually([&] {
    told = text(a.ask<std::string>(end, caf::get_atom_v));
    return !told.empty();
  });
  CHECK(is_told);
  // The one linked to may have ended before it was watched from there.
  CHECK((told == "it was stopped" || told == "exit_reason(unknown)"));
}

TEST_CASE("link: handles of third processes are good, and end with them") {
  linked_process a{a_node(1)};
  auto c = std::make_unique<linked_process>(a_node(3));
  linked_process b{a_client()};
  auto shared = a.connect(c->publish(c->spawn(echo)));
  auto door = a.spawn(keeper);
  CHECK(a.ask<bool>(door, caf::put_atom_v, shared));
  auto at_b = b.connect(a.publish(door));
  // Passed on by `a`; the answer finds its way back.
  CHECK(text(b.ask<std::string>(at_b, std::string{"hi"})) == "hi");
  auto handle = b.ask<caf::actor>(at_b, caf::get_atom_v);
  REQUIRE(handle);
  CHECK(handle->node() == c->system().node());
  CHECK(text(b.ask<std::string>(*handle, std::string{"there"})) == "there");
  auto large = b.ask<std::string>(*handle, std::string(1000, 'x'), 1000u);
  CHECK((large && large->size() == 1'000'000));
  auto end = b.spawn(watcher, *handle);
  caf::scoped_actor self{b.system()};
  auto waiting =
    self->request(*handle, std::chrono::seconds{20}, caf::idle_atom_v);
  CHECK(text(b.ask<std::string>(*handle, std::string{"hi"})) == "hi");
  c.reset();
  std::string why;
  waiting.receive([] {}, [&](const caf::error& x) { why = what(x); });
  CHECK_FALSE(why.empty());
  CHECK(eventually(
    [&] { return !text(b.ask<std::string>(end, caf::get_atom_v)).empty(); }));
}

TEST_CASE("link: a node that reaches itself finds its own actor") {
  linked_process a{a_node(1)};
  auto door = a.spawn(echo);
  auto address = a.publish(door);
  for (int i = 0; i < 2; ++i) {
    auto found = a.find(address);
    REQUIRE(found);
    CHECK(caf::actor_cast<caf::actor>(*found) == door);
  }
}

TEST_CASE("link: who asks one that is just ending is answered") {
  linked_process a{a_client()};
  int ends[2] = {-1, -1};
  REQUIRE(
    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends)
    == 0);
  auto ending =
    link::spawn_link(a.links, link::side::client, "there",
                     a.system().middleman().backend().new_scribe(ends[0]));
  caf::scoped_actor self{a.system()};
  auto ask = [&] {
    // Both are in its mailbox when it goes on.
    standstill stopped{a};
    self->send_exit(ending, caf::exit_reason::user_shutdown);
    return self->request(ending, std::chrono::seconds{10}, caf::connect_atom_v);
  };
  std::string why;
  ask().receive([](const caf::strong_actor_ptr&) {},
                [&](const caf::error& x) { why = caf::to_string(x); });
  CHECK(why.find("request_receiver_down") != std::string::npos);
  ::close(ends[1]);
}
