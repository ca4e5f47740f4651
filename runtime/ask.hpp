#pragma once

#include <chrono>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include "actors/protocol/errors.hpp"

namespace troupe {

/// Asks an actor and waits for the answer, in a program that may block.
template <class Result, class Handle, class... Ts>
caf::expected<Result> ask_within(caf::actor_system& system,
                                 std::chrono::seconds timeout,
                                 const Handle& whom, Ts&&... xs) {
  caf::scoped_actor self{system};
  caf::expected<Result> result = make_error(ec::timed_out, "no answer");
  self->request(whom, timeout, std::forward<Ts>(xs)...)
    .receive([&](Result& x) { result = std::move(x); },
             [&](caf::error& why) { result = std::move(why); });
  return result;
}

} // namespace troupe
