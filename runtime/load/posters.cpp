// The posting side of a load.

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/producer/producer.hpp"
#include "runtime/load/load_run.hpp"
#include "runtime/wall_epoch.hpp"

namespace troupe {

namespace {

/// Posts to one producer, as a program that has much to post does: always a
/// few posts under way.
struct poster_state {
  load_run_ptr run;
  load_run::counter* mine = nullptr;
  producer_actor to;
  load_plan plan;
  uint64_t left = 0;
  uint32_t open = 0;
  std::vector<posting> blank;
};

void post_next(caf::stateful_actor<poster_state>* self) {
  auto& x = self->state;
  auto count = std::min<uint64_t>(x.left, x.plan.records_at_once);
  if (count == 0) {
    if (x.open == 0)
      self->quit();
    return;
  }
  x.left -= count;
  ++x.open;
  x.blank.resize(count, posting{x.plan.topic, -1, {}});
  auto some = x.blank;
  auto values = stamped_values(count, x.plan.record_bytes);
  for (size_t i = 0; i < count; ++i)
    some[i].content.value =
      values.slice(i * x.plan.record_bytes, x.plan.record_bytes);
  auto posted = stamp_now();
  self->request(x.to, caf::infinite, post_atom_v, std::move(some))
    .then(
      [self, posted](const std::vector<record_metadata>& places) {
        auto& y = self->state;
        --y.open;
        y.mine->latency.add(stamp_now() - posted);
        y.mine->records.fetch_add(places.size(), std::memory_order_release);
        post_next(self);
      },
      [self](caf::error& why) {
        self->state.run->fail(std::move(why));
        self->quit();
      });
}

caf::behavior poster(caf::stateful_actor<poster_state>* self, load_run_ptr run,
                     size_t index, producer_actor to, load_plan plan,
                     uint64_t records) {
  auto& x = self->state;
  x.run = std::move(run);
  x.mine = &x.run->acknowledged[index];
  x.to = std::move(to);
  x.plan = std::move(plan);
  x.left = records;
  for (uint32_t i = 0; i < x.plan.posts_open_max; ++i)
    post_next(self);
  // Lives from its first post to its last answer.
  return {[](tick_atom) {}};
}

} // namespace

std::vector<producer_actor> spawn_posters(caf::actor_system& system,
                                          const node_actor& node,
                                          const load_plan& plan,
                                          const load_run_ptr& run) {
  std::vector<producer_actor> result;
  for (size_t i = 0; i < plan.producers; ++i) {
    producer_config config;
    config.settings.acks = plan.acks;
    config.node = node;
    config.epoch = wall_epoch();
    result.push_back(system.spawn(producer, std::move(config)));
    auto share = plan.records / plan.producers
                 + (i < plan.records % plan.producers ? 1 : 0);
    system.spawn(poster, run, i, result.back(), plan, share);
  }
  return result;
}

} // namespace troupe
