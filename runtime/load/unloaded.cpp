// How long one record takes when there is no other.

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/producer/producer.hpp"
#include "runtime/ask.hpp"
#include "runtime/load/load_run.hpp"
#include "runtime/wall_epoch.hpp"

namespace troupe {

namespace {

constexpr std::chrono::seconds stop_timeout{30};

/// The first ones find topic, partition and identity.
constexpr uint64_t unmeasured = 20;

/// Posts a record, waits for its acknowledgement and its handling, pauses.
struct pinger_state {
  load_run_ptr run;
  producer_actor to;
  load_plan plan;
  caf::timespan pause;
  uint64_t posted = 0;
  /// Of the two things that a record waits for.
  int missing = 0;
};

void ping(caf::stateful_actor<pinger_state>* self) {
  auto& x = self->state;
  if (x.posted == x.plan.records + unmeasured) {
    self->quit();
    return;
  }
  ++x.posted;
  x.missing = 2;
  posting one{x.plan.topic, -1, {}};
  one.content.value = stamped_values(1, x.plan.record_bytes);
  auto posted = stamp_of(one.content.value);
  self->request(x.to, caf::infinite, post_atom_v, std::move(one))
    .then(
      [self, posted](const record_metadata&) {
        auto& y = self->state;
        if (y.posted > unmeasured)
          y.run->acknowledged[0].latency.add(stamp_now() - posted);
        self->send(self, tick_atom_v);
      },
      [self](caf::error& why) {
        self->state.run->fail(std::move(why));
        self->quit();
      });
}

caf::behavior pinger(caf::stateful_actor<pinger_state>* self, load_run_ptr run,
                     producer_actor to, load_plan plan, caf::timespan pause) {
  auto& x = self->state;
  x.run = std::move(run);
  x.to = std::move(to);
  x.plan = std::move(plan);
  x.pause = pause;
  return {
    [self](flush_atom) { ping(self); },
    // From the acknowledgement, and from the handler.
    [self](tick_atom) {
      auto& y = self->state;
      if (--y.missing > 0)
        return;
      y.run->acknowledged[0].records.fetch_add(1);
      if (y.pause.count() > 0)
        self->delayed_send(self, y.pause, flush_atom_v);
      else
        self->send(self, flush_atom_v);
    },
  };
}

} // namespace

caf::expected<unloaded_latency> run_unloaded(caf::actor_system& system,
                                             const node_actor& node,
                                             const load_plan& plan,
                                             std::chrono::microseconds pause) {
  auto run = std::make_shared<load_run>(1, 1);
  producer_config config;
  config.settings.acks = plan.acks;
  config.node = node;
  config.epoch = wall_epoch();
  auto to = system.spawn(producer, std::move(config));
  // The handler is there before the one who waits for it.
  auto waiting = std::make_shared<caf::actor>();
  uint64_t handled = 0;
  handler tells{[=](const delivery& x) mutable -> caf::error {
                  auto took = stamp_now() - stamp_of(x.content.value);
                  if (++handled > unmeasured)
                    run->handled[0].latency.add(took);
                  caf::anon_send(*waiting, tick_atom_v);
                  return caf::none;
                },
                nullptr};
  auto reader = spawn_reader(system, node, plan, 0, std::move(tells));
  auto failed = wait_for_ownership(system, node, plan, {reader});
  if (!failed) {
    *waiting = system.spawn(pinger, run, to, plan, caf::timespan{pause});
    caf::anon_send(*waiting, flush_atom_v);
    failed = run->wait(run->acknowledged, plan.records + unmeasured, plan, {});
  }
  auto stopped =
    ask_within<caf::ok_atom>(system, stop_timeout, to, stop_atom_v);
  if (auto left = stop_readers(system, {reader}); left && !failed)
    failed = std::move(left);
  if (failed)
    return failed;
  if (!stopped)
    return std::move(stopped.error());
  return unloaded_latency{run->acknowledged[0].latency,
                          run->handled[0].latency};
}

} // namespace troupe
