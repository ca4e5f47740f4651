#include "runtime/simulation/slow_flusher.hpp"

#include <deque>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/storage/files.hpp"

namespace troupe::simulation {

namespace {

struct slow_flusher_state {
  static inline constexpr const char* name = "slow_flusher";

  struct job {
    sync_job what;
    caf::typed_response_promise<int64_t> promise;
    /// What had been written when it began.
    int64_t up_to = 0;
  };

  std::deque<job> jobs;
  std::function<caf::timespan(const sync_job&)> sync_time;
};

using slow_flusher_pointer = caf::stateful_actor<slow_flusher_state>*;

void begin_next(slow_flusher_pointer self) {
  auto& state = self->state;
  if (state.jobs.empty())
    return;
  auto& next = state.jobs.front();
  if (next.what.written)
    next.up_to = *next.what.written;
  self->delayed_send(self, state.sync_time(next.what), tick_atom_v);
}

caf::behavior slow_flusher(
  slow_flusher_pointer self,
  std::function<caf::timespan(const sync_job&)> sync_time) {
  self->state.sync_time = std::move(sync_time);
  return {
    [=](sync_atom, const sync_job& what) {
      auto promise = self->make_response_promise<int64_t>();
      auto& jobs = self->state.jobs;
      jobs.push_back({what, promise, 0});
      if (jobs.size() == 1)
        begin_next(self);
      return promise;
    },
    [=](tick_atom) {
      auto& jobs = self->state.jobs;
      auto done = std::move(jobs.front());
      jobs.pop_front();
      begin_next(self);
      if (auto failure = storage::sync_all(done.what.files))
        done.promise.deliver(std::move(failure));
      else
        done.promise.deliver(done.up_to);
    },
  };
}

} // namespace

flusher_actor spawn_slow_flusher(caf::actor_system& system,
                                 caf::timespan sync_time) {
  return spawn_slow_flusher(system, [=](const sync_job&) { return sync_time; });
}

flusher_actor spawn_slow_flusher(
  caf::actor_system& system,
  std::function<caf::timespan(const sync_job&)> sync_time) {
  return caf::actor_cast<flusher_actor>(
    system.spawn(slow_flusher, std::move(sync_time)));
}

} // namespace troupe::simulation
