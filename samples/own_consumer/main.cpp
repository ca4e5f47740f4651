// A consumer of one's own: a program that can do all that `troupe` can, and
// knows two more handlers.

#include <chrono>
#include <deque>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <fmt/format.h>

#include "runtime/cli/command_line.hpp"

namespace {

/// A function: runs inside the consumer and must not block. An error means
/// 'hand me this record again, later'.
caf::error shout(const troupe::delivery& record) {
  if (record.content.value.empty())
    return troupe::make_error(troupe::ec::handler_failed, "nothing to shout");
  fmt::print("{}!\n", record.content.value.view());
  return caf::none;
}

/// What the actor below is working on.
struct courier_state {
  static inline constexpr const char* name = "courier";
  std::deque<std::pair<troupe::delivery, caf::response_promise>> on_the_way;
};

/// An actor: may wait for what it talks to, without blocking anyone. This one
/// needs 50 ms to deliver a record; meanwhile it takes those of other
/// partitions.
caf::behavior courier(caf::stateful_actor<courier_state>* self) {
  return {
    [self](troupe::handle_atom, const troupe::delivery& record) {
      auto promise = self->make_response_promise();
      self->state.on_the_way.emplace_back(record, promise);
      self->delayed_send(self, std::chrono::milliseconds{50},
                         troupe::tick_atom_v);
      return promise;
    },
    [self](troupe::tick_atom) {
      auto [record, promise] = std::move(self->state.on_the_way.front());
      self->state.on_the_way.pop_front();
      fmt::print("delivered {} from {}-{} [offset {}]\n",
                 record.content.value.view(), record.topic, record.id.partition,
                 record.offset);
      promise.deliver(caf::ok_atom_v);
    },
  };
}

} // namespace

int main(int argc, char** argv) {
  troupe::handler_registry handlers;
  handlers.add("shout", shout);
  handlers.add_actor("courier", [](caf::actor_system& system) {
    return caf::actor_cast<troupe::handler_actor>(system.spawn(courier));
  });
  return troupe::run_command_line(argc, argv, std::move(handlers));
}
