// Virtual time is what every other actor test stands on: it must be repeatable
// and fire timers in order.
#include "runtime/simulation/virtual_system.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

caf::behavior ticker(caf::event_based_actor* self,
                     std::vector<int64_t>* ticks_ms) {
  self->delayed_send(self, 3s, tick_atom_v);
  return {
    [=](tick_atom) {
      ticks_ms->push_back(now_ms(self, epoch_offset{}));
      self->delayed_send(self, 3s, tick_atom_v);
    },
  };
}

/// Sends its number to `sink` once.
caf::behavior sender(caf::event_based_actor* self, caf::actor sink,
                     int number) {
  self->send(sink, number);
  return {[](tick_atom) {}};
}

std::vector<int> order_of_arrival(uint64_t seed) {
  std::vector<int> result;
  simulation::virtual_system sys{seed};
  auto sink = sys.spawn([&](caf::event_based_actor*) -> caf::behavior {
    return {[&](int x) { result.push_back(x); }};
  });
  for (int i = 0; i < 10; ++i)
    sys.spawn(sender, sink, i);
  sys.run();
  return result;
}

} // namespace

TEST_CASE("a re-arming timer fires at each of its times") {
  std::vector<int64_t> ticks_ms;
  simulation::virtual_system sys;
  sys.spawn(ticker, &ticks_ms);
  sys.advance(10s);
  CHECK(ticks_ms == std::vector<int64_t>{3000, 6000, 9000});
  CHECK(sys.now_ms() == 1'767'225'600'000 + 10'000);
}

TEST_CASE("a seed repeats its interleaving, another one has another") {
  CHECK(order_of_arrival(7) == order_of_arrival(7));
  CHECK(order_of_arrival(7) != order_of_arrival(8));
  CHECK(order_of_arrival(0) == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("waiting for what never comes ends at its bound") {
  simulation::virtual_system sys;
  CHECK_FALSE(sys.run_until([] { return false; }, 5s));
  CHECK(sys.now_ms() == 1'767'225'600'000 + 5'000);
}
