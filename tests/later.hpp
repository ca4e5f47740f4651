#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/system_messages.hpp>

#include "runtime/simulation/virtual_system.hpp"

/// Requests whose answer a test looks at later, and ends of actors.
namespace troupe::tests {

/// What was answered; nothing yet: empty.
template <class Result>
using later = std::shared_ptr<std::optional<caf::expected<Result>>>;

/// Sends a request; its answer comes while time goes on.
template <class Result, class Handle, class... Ts>
later<Result> ask_later(simulation::virtual_system& sys, const Handle& whom,
                        Ts... xs) {
  auto answer = std::make_shared<std::optional<caf::expected<Result>>>();
  sys.spawn([=](caf::event_based_actor* self) {
    self->request(whom, caf::infinite, xs...)
      .then([answer](Result& x) { answer->emplace(std::move(x)); },
            [answer](caf::error& x) { answer->emplace(std::move(x)); });
  });
  return answer;
}

/// Why an actor ended; empty while it lives.
using end_of_actor = std::shared_ptr<std::optional<caf::error>>;

/// Watches an actor from now on.
template <class Handle>
end_of_actor watch_end(simulation::virtual_system& sys, const Handle& whom) {
  struct watch {
    std::optional<caf::error> reason;
    // An actor that nobody refers to ends by itself.
    caf::actor watcher;
  };
  auto result = std::make_shared<watch>();
  auto reason = end_of_actor{result, &result->reason};
  result->watcher = sys.spawn([&, seen = std::weak_ptr{result}](
                                caf::event_based_actor* self) -> caf::behavior {
    self->monitor(whom);
    self->set_down_handler([seen](caf::down_msg& x) {
      if (auto end = seen.lock())
        end->reason = std::move(x.reason);
    });
    return {[](tick_atom) {}};
  });
  sys.run();
  return reason;
}

} // namespace troupe::tests
