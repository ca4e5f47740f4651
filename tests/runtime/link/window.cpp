// A peer that does not read must cost the sender a bounded amount of memory,
// and must not make anybody wait: CAF itself would queue without bound.
#include <caf/event_based_actor.hpp>

#include "runtime/link/link.hpp"
#include "tests/runtime/link/two_processes.hpp"

using namespace troupe;
using namespace troupe::link;
using namespace troupe::tests;

namespace {

constexpr size_t one_mib = 1024 * 1024;

caf::behavior sink(caf::event_based_actor*) {
  return {
    [](const std::string& x) { return static_cast<uint64_t>(x.size()); },
    [](uint64_t bytes) { return std::string(bytes, 'x'); },
  };
}

caf::behavior keeper(caf::event_based_actor*) {
  auto kept = std::make_shared<caf::actor>();
  return {
    [=](caf::put_atom, const caf::actor& x) {
      *kept = x;
      return true;
    },
    [=](caf::get_atom) { return *kept; },
  };
}

/// Counts what became of requests.
struct outcome {
  std::atomic<int> answered = 0;
  std::atomic<int> overloaded = 0;
  std::atomic<int> lost = 0;
};

/// Sends `count` requests at once.
caf::behavior burst(caf::event_based_actor* self, const caf::actor& whom,
                    int count, size_t bytes, outcome* result) {
  for (int i = 0; i < count; ++i)
    self->request(whom, caf::infinite, std::string(bytes, 'x'))
      .then([=](uint64_t) { ++result->answered; },
            [=](const caf::error& why) {
              if (what(why).find("not_available: overloaded: ") == 0)
                ++result->overloaded;
              else
                ++result->lost;
            });
  return {[](caf::get_atom) { return true; }};
}

buffer sized(size_t n) {
  return buffer(n);
}

} // namespace

TEST_CASE("channel: a window of what the other side has not taken") {
  limits bounds;
  bounds.window_bytes = 1000;
  bounds.reserve_bytes = 100;
  bounds.small_bytes = 50;
  int woken = 0;
  channel x{bounds, [&] { ++woken; }};
  using verdict = channel::verdict;
  // A message larger than the window goes when there is no other one.
  CHECK(x.put(sized(1500)) == verdict::taken);
  CHECK(x.put(sized(1)) == verdict::full);
  CHECK(woken == 1);
  CHECK(x.take().size() == 1);
  // What is on its way counts until it is taken.
  CHECK(x.put(sized(1)) == verdict::full);
  CHECK_FALSE(x.answered(1501));
  CHECK(x.answered(1500));
  CHECK(x.put(sized(600)) == verdict::taken);
  CHECK(x.put(sized(401)) == verdict::full);
  CHECK(x.put(sized(400)) == verdict::taken);
  CHECK(woken == 2);
  CHECK(x.unanswered() == 1000);
  // Small ones that must not be lost have a reserve; then the peer is given up.
  CHECK(x.put_reserved(sized(50)) == verdict::taken);
  CHECK_FALSE(x.is_stuck());
  CHECK(x.put_reserved(sized(51)) == verdict::full);
  CHECK(x.is_stuck());
  CHECK(x.unanswered() == 1050);
  CHECK(x.take().size() == 3);
  x.close();
  CHECK(x.put(sized(1)) == verdict::closed);
  CHECK(x.take().empty());
}

TEST_CASE("link: a peer that does not read costs a window, and nobody waits") {
  auto config = a_node(1);
  config.bounds.silence = std::chrono::seconds{3};
  linked_process a{config};
  linked_process b{a_client()};
  auto local_door = a.spawn(keeper);
  auto door = b.connect(a.publish(local_door));
  auto at_b = b.spawn(sink);
  CHECK(b.ask<bool>(door, caf::put_atom_v, at_b));
  // It comes back as itself; in `a` it is a proxy.
  CHECK(*b.ask<caf::actor>(door, caf::get_atom_v) == at_b);
  auto remote = *a.ask<caf::actor>(local_door, caf::get_atom_v);
  REQUIRE(remote->node() == b.system().node());
  outcome result;
  {
    standstill stopped{b};
    a.spawn(burst, remote, 200, one_mib, &result);
    // 200 MiB: all but the window is refused at once.
    CHECK(eventually([&] { return result.overloaded >= 192; },
                     std::chrono::seconds{2}));
    CHECK(result.overloaded == 193);
    CHECK(result.answered == 0);
    CHECK(result.lost == 0);
    // Then it is given up: who waits has an answer.
    CHECK(eventually([&] { return result.lost == 7; }));
    CHECK(a.reports("nothing came from it for 3000 ms"));
    CHECK(a.links->proxies_of(b.system().node()) == 0);
  }
  // It comes back.
  CHECK(b.reports("link lost"));
  door = b.connect(fmt::format("127.0.0.1:{}", a.port()));
  CHECK(b.ask<bool>(door, caf::put_atom_v, at_b));
}

TEST_CASE("link: a window that was full empties when the peer reads again") {
  linked_process a{a_node(1)};
  linked_process b{a_client()};
  auto door = b.connect(a.publish(a.spawn(sink)));
  outcome result;
  {
    standstill stopped{a};
    b.spawn(burst, door, 20, one_mib, &result);
    CHECK(eventually([&] { return result.overloaded == 13; }));
  }
  CHECK(eventually([&] { return result.answered == 7; }));
  outcome second;
  b.spawn(burst, door, 7, one_mib, &second);
  CHECK(eventually([&] { return second.answered == 7; }));
}

TEST_CASE("link: answers that do not fit are errors, and nobody waits") {
  linked_process a{a_node(1)};
  linked_process b{a_client()};
  auto door = b.connect(a.publish(a.spawn(sink)));
  // 60 MiB of answers at once; those beyond the window can be asked for again.
  std::atomic<int> answered = 0;
  std::atomic<int> refused = 0;
  b.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    for (int i = 0; i < 60; ++i)
      self->request(door, caf::infinite, uint64_t{one_mib})
        .then([&](const std::string&) { ++answered; },
              [&](const caf::error&) { ++refused; });
    return {[](caf::get_atom) { return true; }};
  });
  CHECK(eventually([&] { return answered + refused == 60; }));
  CHECK(answered >= 7);
  // One that no frame can hold.
  auto too_large = b.ask<std::string>(door, uint64_t{17 * one_mib});
  REQUIRE_FALSE(too_large);
  CHECK(what(too_large.error()).find("invalid_argument: a message of 178")
        == 0);
  auto fits = b.ask<std::string>(door, uint64_t{15 * one_mib});
  CHECK((fits && fits->size() == 15 * one_mib));
}
