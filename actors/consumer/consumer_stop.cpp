#include <algorithm>

#include "actors/consumer/consumer_state.hpp"
#include "actors/consumer/limits.hpp"

namespace troupe {

using consumer_limits::request_timeout;

caf::typed_response_promise<caf::ok_atom> consumer_state::stop(bool keeps) {
  auto promise = self->make_response_promise<caf::ok_atom>();
  stop_promises.push_back(promise);
  if (is_stopping)
    return promise;
  is_stopping = true;
  // Only a static member can come back for its partitions.
  keeps_partitions = keeps && !settings.instance_id.empty();
  // Handlers have drain_timeout, the last commit a session: after that the
  // coordinator counts this member as gone anyway.
  stop_until = now() + settings.drain_timeout + settings.session_timeout;
  for (auto& [id, x] : held)
    if (!x.feed.is_draining())
      drain(x);
  stir_all();
  work();
  return promise;
}

void consumer_state::proceed_stop() {
  if (!is_stopping)
    return;
  auto is_drained = std::all_of(held.begin(), held.end(), [](const auto& x) {
    return x.second.feed.is_drained();
  });
  if (is_drained || reached(stop_until))
    leave();
}

void consumer_state::leave() {
  is_leaving = true;
  if (!coordinator || view.member().is_nil()) {
    quit();
    return;
  }
  leave_request request{view.member(), keeps_partitions, {}};
  for (const auto& [id, x] : held) {
    request.released.push_back({id, x.feed.handed_next()});
    config.listener->on_released(id);
  }
  // Whatever the answer: without one the session ends the membership.
  self->request(coordinator, request_timeout, leave_atom_v, std::move(request))
    .then([this](caf::ok_atom) { quit(); }, [this](caf::error&) { quit(); });
}

void consumer_state::quit() {
  for (auto& promise : stop_promises)
    promise.deliver(caf::ok_atom_v);
  self->quit();
}

} // namespace troupe
