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
    caf::typed_response_promise<caf::ok_atom> promise;
  };

  std::deque<job> jobs;
};

caf::behavior slow_flusher(caf::stateful_actor<slow_flusher_state>* self,
                           caf::timespan sync_time) {
  return {
    [=](sync_atom, const sync_job& what) {
      auto promise = self->make_response_promise<caf::ok_atom>();
      auto& jobs = self->state.jobs;
      jobs.push_back({what, promise});
      if (jobs.size() == 1)
        self->delayed_send(self, sync_time, tick_atom_v);
      return promise;
    },
    [=](tick_atom) {
      auto& jobs = self->state.jobs;
      auto done = std::move(jobs.front());
      jobs.pop_front();
      if (!jobs.empty())
        self->delayed_send(self, sync_time, tick_atom_v);
      if (auto failure = storage::sync_all(done.what.files))
        done.promise.deliver(std::move(failure));
      else
        done.promise.deliver(caf::ok_atom_v);
    },
  };
}

} // namespace

flusher_actor spawn_slow_flusher(caf::actor_system& system,
                                 caf::timespan sync_time) {
  return caf::actor_cast<flusher_actor>(system.spawn(slow_flusher, sync_time));
}

} // namespace troupe::simulation
