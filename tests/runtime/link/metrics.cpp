// A line that is slow or breaks again and again is seen by what links count.
#include <caf/event_based_actor.hpp>

#include "tests/runtime/link/certificates.hpp"
#include "tests/runtime/link/two_processes.hpp"

using namespace troupe;
using namespace troupe::link;
using namespace troupe::tests;

namespace {

caf::behavior echo(caf::event_based_actor*) {
  return {[](const std::string& x) { return x; }};
}

void exchange(const tls_settings& at_node, const tls_settings& at_client) {
  linked_process node{a_node(1, at_node)};
  auto address = node.publish(node.spawn(echo));
  {
    linked_process client{a_client(at_client)};
    auto door = client.connect(address);
    std::string said(100'000, 'x');
    REQUIRE(client.ask<std::string>(door, said) == said);
    auto here = client.links->metrics();
    auto there = node.links->metrics();
    CHECK(here.open == 1);
    CHECK(there.open == 1);
    CHECK(here.opened == 1);
    CHECK(here.lost == 0);
    CHECK(here.bytes_sent > 100'000);
    CHECK(here.bytes_received > 100'000);
    CHECK(there.bytes_received > 100'000);
    CHECK(there.bytes_received <= here.bytes_sent);
    // Taken by actors on both sides, and said so.
    CHECK(eventually([&] {
      return client.links->metrics().unanswered_bytes == 0
             && node.links->metrics().unanswered_bytes == 0;
    }));
  }
  CHECK(eventually([&] {
    auto after = node.links->metrics();
    return after.open == 0 && after.opened == 1 && after.lost == 1;
  }));
  auto last = node.links->metrics();
  CHECK(last.refused_tls + last.refused_garbage + last.refused_other == 0);
}

} // namespace

TEST_CASE("link: bytes, links and what is not taken are counted") {
  exchange({}, {});
}

TEST_CASE("link: the same with certificates") {
  certificates pki;
  exchange(pki.of("node-1"), pki.of("admin"));
}
