// Bounds of bare actors: what CAF does with the same messages.

#include <future>

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/protocol/messages.hpp"
#include "runtime/load/load_run.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/bounds.hpp"

namespace troupe::bench {

namespace {

using done_ptr = std::shared_ptr<std::promise<void>>;
using places = std::vector<record_metadata>;

/// Takes postings and says where they are, without doing anything.
caf::behavior bare_producer() {
  return {[](post_atom, const std::vector<posting>& xs) {
    places result(xs.size());
    for (size_t i = 0; i < xs.size(); ++i)
      result[i] = {xs[i].topic, 0, static_cast<int64_t>(i)};
    return result;
  }};
}

struct bare_poster_state {
  uint64_t left = 0;
  uint64_t answered = 0;
};

void post_bare(caf::stateful_actor<bare_poster_state>* self,
               const caf::actor& to, uint32_t record_bytes, uint32_t at_once,
               const done_ptr& done) {
  auto& x = self->state;
  if (x.left < at_once)
    return;
  x.left -= at_once;
  std::vector<posting> some(at_once, posting{"bench", -1, {}});
  auto values = stamped_values(at_once, record_bytes);
  for (size_t i = 0; i < at_once; ++i)
    some[i].content.value = values.slice(i * record_bytes, record_bytes);
  self->request(to, caf::infinite, post_atom_v, std::move(some))
    .then([=](const places& xs) {
      auto& y = self->state;
      y.answered -= xs.size();
      if (y.answered == 0) {
        done->set_value();
        self->quit();
      } else {
        post_bare(self, to, record_bytes, at_once, done);
      }
    });
}

caf::behavior bare_poster(caf::stateful_actor<bare_poster_state>* self,
                          const caf::actor& to, uint64_t records,
                          uint32_t record_bytes, uint32_t at_once,
                          uint32_t open, const done_ptr& done) {
  self->state.left = records / at_once * at_once;
  self->state.answered = self->state.left;
  for (uint32_t i = 0; i < open; ++i)
    post_bare(self, to, record_bytes, at_once, done);
  return {[](tick_atom) {}};
}

caf::behavior echo() {
  return {[](tick_atom) { return caf::ok_atom_v; }};
}

void ask_echo(caf::event_based_actor* self, const caf::actor& to,
              uint32_t count, const done_ptr& done) {
  if (count == 0) {
    done->set_value();
    self->quit();
    return;
  }
  self->request(to, caf::infinite, tick_atom_v).then([=](caf::ok_atom) {
    ask_echo(self, to, count - 1, done);
  });
}

caf::behavior asker(caf::event_based_actor* self, const caf::actor& to,
                    uint32_t count, const done_ptr& done) {
  ask_echo(self, to, count, done);
  return {[](tick_atom) {}};
}

/// Passes a message on.
caf::behavior hop(caf::event_based_actor* self, const caf::actor& next) {
  return {[=](tick_atom) { self->send(next, tick_atom_v); }};
}

struct hopper_state {
  caf::actor first;
  std::chrono::nanoseconds begun{0};
  uint32_t left = 0;
  std::shared_ptr<precise_histogram> times;
};

/// Begins and ends the chain.
caf::behavior hopper(caf::stateful_actor<hopper_state>* self,
                     std::shared_ptr<precise_histogram> times, uint32_t count,
                     caf::timespan pause, const done_ptr& done) {
  self->state.left = count;
  self->state.times = std::move(times);
  return {
    [=](const caf::actor& first) {
      self->state.first = first;
      self->send(self, flush_atom_v);
    },
    [=](flush_atom) {
      self->state.begun = stamp_now();
      self->send(self->state.first, tick_atom_v);
    },
    [=](tick_atom) {
      auto& x = self->state;
      x.times->add(stamp_now() - x.begun);
      if (--x.left == 0) {
        x.first = nullptr;
        done->set_value();
        self->quit();
      } else if (pause.count() > 0) {
        self->delayed_send(self, pause, flush_atom_v);
      } else {
        self->send(self, flush_atom_v);
      }
    },
  };
}

} // namespace

double bare_posts_per_second(caf::actor_system& system, uint64_t records,
                             uint32_t record_bytes, uint32_t at_once,
                             uint32_t open) {
  auto done = std::make_shared<std::promise<void>>();
  auto seconds = seconds_of([&] {
    auto to = system.spawn(bare_producer);
    system.spawn(bare_poster, to, records, record_bytes, at_once, open, done);
    done->get_future().wait();
  });
  return static_cast<double>(records / at_once * at_once) / seconds;
}

double bare_requests_per_second(caf::actor_system& system, uint32_t count) {
  auto done = std::make_shared<std::promise<void>>();
  auto seconds = seconds_of([&] {
    system.spawn(asker, system.spawn(echo), count, done);
    done->get_future().wait();
  });
  return static_cast<double>(count) / seconds;
}

precise_histogram bare_hops(caf::actor_system& system, uint32_t hops,
                            uint32_t count, std::chrono::microseconds pause) {
  auto done = std::make_shared<std::promise<void>>();
  auto times = std::make_shared<precise_histogram>();
  auto ends = system.spawn(hopper, times, count, caf::timespan{pause}, done);
  auto next = ends;
  for (uint32_t i = 1; i < hops; ++i)
    next = system.spawn(hop, next);
  caf::anon_send(ends, next);
  done->get_future().wait();
  return *times;
}

} // namespace troupe::bench
