#pragma once

#include <chrono>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include "runtime/ask.hpp"

/// How threads that may block, those of the HTTP server, ask actors.
namespace troupe::http {

/// Whoever asks shall not wait for a role that hangs.
inline constexpr std::chrono::seconds answer_bound{5};

template <class Result, class Handle, class... Ts>
caf::expected<Result> ask(caf::actor_system& system, const Handle& whom,
                          Ts&&... xs) {
  return ask_within<Result>(system, answer_bound, whom,
                            std::forward<Ts>(xs)...);
}

/// Asks all of `targets` at once and waits for all; the answers are in their
/// order.
template <class Result, class Handle, class... Ts>
std::vector<caf::expected<Result>> ask_all(caf::actor_system& system,
                                           const std::vector<Handle>& targets,
                                           const Ts&... xs) {
  caf::scoped_actor self{system};
  using pending = decltype(self->request(targets.front(), answer_bound, xs...));
  std::vector<pending> open;
  open.reserve(targets.size());
  for (const auto& target : targets)
    open.push_back(self->request(target, answer_bound, xs...));
  std::vector<caf::expected<Result>> result;
  result.reserve(targets.size());
  for (auto& each : open)
    each.receive([&](Result& x) { result.emplace_back(std::move(x)); },
                 [&](caf::error& why) { result.emplace_back(std::move(why)); });
  return result;
}

} // namespace troupe::http
