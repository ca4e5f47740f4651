#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <random>

#include <fmt/format.h>

#include "actors/producer/producer.hpp"
#include "runtime/wall_epoch.hpp"
#include "tests/end_to_end/kill/client/roles.hpp"

namespace troupe::testing {

namespace {

using namespace std::chrono_literals;

/// Records posted in one go, while no more than this many are unanswered.
constexpr int posts_per_turn = 4;
constexpr int unanswered_max = 64;
/// One record in so many is this large.
constexpr uint64_t large_one_in = 16;
constexpr size_t large_bytes = 500;

struct poster_state {
  static inline constexpr const char* name = "poster";

  client_role role;
  std::string kind;
  enum acks acks = acks::all;
  producer_actor producer;
  std::mt19937_64 random;
  int unanswered = 0;
  uint64_t count = 0;
  bool is_stopping = false;
};

using pointer = caf::stateful_actor<poster_state>*;

void end_when_answered(pointer self) {
  auto& state = self->state;
  if (!state.is_stopping || state.unanswered > 0)
    return;
  self->request(state.producer, caf::infinite, stop_atom_v)
    .then([self](caf::ok_atom) { self->quit(); },
          [self](caf::error&) { self->quit(); });
}

std::string next_value(poster_state& state) {
  auto result =
    fmt::format("{}-{}-{}", state.role.name, state.kind, ++state.count);
  if (state.random() % large_one_in == 0)
    result.append(large_bytes, '.');
  return result;
}

void post_one(pointer self) {
  auto& state = self->state;
  auto value = next_value(state);
  posting what{
    topic_name, static_cast<int32_t>(state.random() % partition_count), {}};
  what.content.value = bytes{value};
  state.role.told->tell(checker::post_begun{value});
  ++state.unanswered;
  self->request(state.producer, caf::infinite, post_atom_v, std::move(what))
    .then(
      [self, value](const record_metadata& x) {
        --self->state.unanswered;
        self->state.role.told->tell(checker::post_acknowledged{
          value, {x.topic, x.partition}, x.offset, self->state.acks});
        end_when_answered(self);
      },
      // Not acknowledged, so nothing is promised: the record may be there.
      [self](caf::error&) {
        --self->state.unanswered;
        end_when_answered(self);
      });
}

void post_some(pointer self) {
  auto& state = self->state;
  if (state.is_stopping)
    return;
  for (int i = 0; i < posts_per_turn; ++i)
    if (state.unanswered < unanswered_max)
      post_one(self);
  self->delayed_send(self, state.role.post_interval, tick_atom_v);
}

caf::behavior poster(pointer self, client_role role, std::string kind,
                     enum acks acks) {
  auto& state = self->state;
  state.random.seed(role.seed);
  state.role = std::move(role);
  state.kind = std::move(kind);
  state.acks = acks;
  producer_config config;
  config.settings.acks = acks;
  config.settings.retry_backoff_max = 200ms;
  config.node = state.role.node;
  config.epoch = wall_epoch();
  state.producer = self->spawn<caf::linked>(producer, std::move(config));
  self->set_exit_handler([self](caf::exit_msg& x) {
    if (x.source == self->state.producer.address()
        && !self->state.is_stopping) {
      self->quit(x.reason);
      return;
    }
    self->state.is_stopping = true;
    end_when_answered(self);
  });
  self->send(self, tick_atom_v);
  return {
    [self](tick_atom) { post_some(self); },
  };
}

} // namespace

caf::actor spawn_poster(caf::actor_system& system, const client_role& role,
                        const std::string& kind, enum acks acks) {
  return system.spawn(poster, role, kind, acks);
}

} // namespace troupe::testing
