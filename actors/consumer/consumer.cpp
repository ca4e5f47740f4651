#include "actors/consumer/consumer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <utility>

#include <caf/send.hpp>
#include <fmt/format.h>

#include "actors/consumer/limits.hpp"

namespace troupe {

namespace {

using namespace std::chrono_literals;

std::string state_of(const in_flight& feed) {
  if (feed.is_draining())
    return "draining";
  if (feed.is_paused())
    return "paused";
  if (feed.retry_at())
    return "retrying";
  return feed.is_out() ? "working" : "fetching";
}

} // namespace

consumer_state::consumer_state(consumer_actor::pointer ptr)
  : self(ptr), settings(config.settings), find_backoff(0ms, 0ms),
    join_backoff(0ms, 0ms), handler_backoff(0ms, 0ms), lease_backoff(0ms, 0ms),
    commit_backoff(0ms, 0ms) {
  // nop
}

consumer_state::~consumer_state() {
  // Not a link: a handler that is killed would take its consumer with it.
  if (handler)
    caf::anon_send_exit(handler, caf::exit_reason::user_shutdown);
  if (letters)
    caf::anon_send_exit(letters, caf::exit_reason::user_shutdown);
}

void consumer_state::begin(consumer_config x) {
  config = std::move(x);
  if (!config.handler.function == !config.handler.spawner) {
    self->quit(make_error(ec::invalid_argument,
                          "a handler is either a function or an actor"));
    return;
  }
  if (settings.failures.what != failure_policy::kind::retry
      && !config.spawn_letters) {
    self->quit(make_error(ec::invalid_argument,
                          "records are given up, and nobody takes dead "
                          "letters"));
    return;
  }
  // A crash between commit and letter would let the others of its key go on.
  if (parks() && settings.commit.what == commit_policy::kind::before) {
    self->quit(make_error(ec::invalid_argument,
                          "keys are parked, and records are committed before "
                          "they are handled"));
    return;
  }
  // Not left to the coordinator: CAF never comes back from writing an infinite
  // number.
  auto rate = settings.group_rules.records_per_second;
  if (!std::isfinite(rate)) {
    self->quit(make_error(
      ec::invalid_argument,
      fmt::format("records_per_second is {}; it must be 0 or more", rate)));
    return;
  }
  auto wait = backoff{settings.retry_backoff, settings.retry_backoff_max};
  join_backoff = handler_backoff = lease_backoff = commit_backoff = wait;
  find_backoff =
    backoff{settings.retry_backoff, std::min(settings.retry_backoff_max,
                                             consumer_limits::find_wait_max)};
  rights = allowance{settings.records_per_second,
                     settings.group_rules.records_per_second};
  plan = commit_plan{settings.commit, now()};
  gateway = circuit{settings.failures.circuit_failures,
                    settings.failures.circuit_pause};
  self->delayed_send(consumer_actor{self}, settings.heartbeat_interval,
                     beat_atom_v);
  work();
}

void consumer_state::stir(holding& x) {
  stirred.push(x);
  ready.push(x);
}

void consumer_state::stir_all() {
  is_commit_wanted = true;
  for (auto& [id, x] : held)
    stir(x);
}

void consumer_state::work() {
  if (is_leaving)
    return;
  keep_membership();
  keep_handler();
  follow_parked();
  for (size_t n = stirred.size(); n > 0; --n) {
    auto& x = stirred.pop();
    expire_drain(x);
    stirred.push(x);
  }
  hand_out();
  std::vector<holding*> some;
  auto time = now();
  while (!stirred.empty()) {
    auto& x = stirred.pop();
    // After the hand-out, which makes room.
    fetch(x);
    if (is_commit_due(x, time))
      is_commit_wanted = true;
    some.push_back(&x);
  }
  commit_if_due();
  release_drained(some);
  proceed_stop();
}

void consumer_state::beat() {
  self->delayed_send(consumer_actor{self}, settings.heartbeat_interval,
                     beat_atom_v);
  send_heartbeat();
  stir_all();
  work();
}

void consumer_state::tick() {
  auto time = now();
  // Else it only goes on where it was.
  if (auto due = timer.next(); due && *due <= time)
    stir_all();
  timer.rang(time);
  is_continuing = false;
  work();
}

void consumer_state::on_down(const caf::actor_addr& who,
                             const caf::error& reason) {
  if (handler && handler.address() == who)
    lose_handler(reason);
  if (coordinator && coordinator.address() == who)
    lose_coordinator(who);
  auto went_down = make_error(ec::not_available, "it went down");
  for (auto& [id, x] : held)
    if (x.log && x.log.address() == who)
      on_fetch_failed(x, went_down);
  for (auto& [topic, p] : parked)
    if (p.log && p.log.address() == who)
      on_parked_failed(p, went_down);
  work();
}

consumer_status consumer_state::status() const {
  auto result = counts;
  result.group = settings.group;
  result.name = config.name;
  result.handler = settings.handler;
  result.member = view.member();
  result.member_epoch = view.epoch();
  result.state = is_stopping        ? "leaving"
                 : view.is_member() ? "active"
                                    : "joining";
  for (const auto& [id, x] : held)
    result.partitions.push_back({id, x.message.topic, state_of(x.feed),
                                 x.feed.position(), x.feed.committed_next(),
                                 x.feed.buffered_bytes()});
  add_activity(result);
  return result;
}

void consumer_state::add_activity(consumer_status& to) const {
  auto time = now();
  auto say = [&](std::string what, caf::timespan since_or_until) {
    to.activity = std::move(what);
    to.activity_ms =
      std::abs(std::chrono::duration_cast<std::chrono::milliseconds>(
                 since_or_until - time)
                 .count());
  };
  if (is_stopping || !view.is_member()) {
    to.activity = to.state;
    return;
  }
  if (auto until = gateway.opens_until(); until && *until > time)
    return say("circuit open", *until);
  const holding* oldest = nullptr;
  const holding* next = nullptr;
  size_t paused = 0;
  for (const auto& [id, x] : held) {
    paused += x.feed.is_paused() ? 1 : 0;
    if (x.feed.is_handed() && (!oldest || x.handed_at < oldest->handed_at))
      oldest = &x;
    if (auto at = x.feed.retry_at();
        at && (!next || *at < next->feed.retry_at()))
      next = &x;
  }
  if (oldest)
    return say(!oldest->letter ? "working"
               : parks()       ? "parking a record"
                               : "posting a dead letter",
               oldest->handed_at);
  if (next) {
    const auto& policy = settings.failures;
    if (next->failures == 0 && policy.what != failure_policy::kind::retry)
      return say("waiting for the gateway", *next->feed.retry_at());
    auto attempt = std::to_string(next->feed.attempts() + 1);
    return say(
      policy.what == failure_policy::kind::retry
          || next->failures >= policy.attempts_max
        ? "retrying, attempt " + attempt
        : fmt::format("retrying {}/{}", next->failures, policy.attempts_max),
      *next->feed.retry_at());
  }
  to.activity = paused > 0 && paused == held.size() ? "paused" : "idle";
}

caf::timespan consumer_state::now() const {
  return self->clock().now().time_since_epoch();
}

bool consumer_state::reached(caf::timespan at) {
  return reached(at, now());
}

bool consumer_state::reached(caf::timespan at, caf::timespan time) {
  auto wait = at - time;
  if (wait <= caf::timespan{0})
    return true;
  if (timer.set(at))
    self->delayed_send(consumer_actor{self}, wait, tick_atom_v);
  return false;
}

void consumer_state::note(std::string problem) {
  counts.last_problem = std::move(problem);
  counts.last_problem_ms = now_ms(self, config.epoch);
}

void consumer_state::note(const std::string& doing, const caf::error& problem) {
  note(fmt::format("{}: {}", doing, what(problem)));
}

std::string consumer_state::name_of(const holding& x) {
  return fmt::format("{}-{}", x.message.topic, x.id.partition);
}

consumer_actor::behavior_type consumer(
  consumer_actor::stateful_pointer<consumer_state> self,
  consumer_config config) {
  auto& state = self->state;
  self->set_down_handler(
    [self](caf::down_msg& x) { self->state.on_down(x.source, x.reason); });
  state.begin(std::move(config));
  return {
    [self](assign_atom, const assignment& x) {
      self->state.apply(self->state.view.assign(x));
    },
    [self](revoke_atom, const revocation& x) {
      self->state.apply(self->state.view.revoke(x));
    },
    [self](state_atom, const member_state& x) {
      self->state.apply(self->state.view.restate(x));
    },
    [self](fenced_atom, const fenced_notice& x) {
      auto change = self->state.view.fence(x);
      if (change.is_fenced)
        self->state.rejoin("fenced: " + x.reason);
      self->state.apply(change);
    },
    [self](pause_atom, const pause_notice& x) {
      self->state.apply(self->state.view.pause(x));
    },
    [self](status_atom) { return self->state.status(); },
    [self](stop_atom, bool keeps_partitions) {
      return self->state.stop(keeps_partitions);
    },
    [self](tick_atom) { self->state.tick(); },
    [self](beat_atom) { self->state.beat(); },
  };
}

} // namespace troupe
