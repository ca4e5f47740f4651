#include "actors/producer/producer.hpp"

#include <algorithm>
#include <utility>

#include <caf/system_messages.hpp>
#include <fmt/format.h>

namespace troupe {

producer_state::producer_state(producer_actor::pointer ptr) : self(ptr) {
  // nop
}

producer_state::~producer_state() {
  abandon(make_error(ec::timed_out, "the producer ended before the answer "
                                    "came; whether it was written is unknown"));
}

void producer_state::configure(producer_config x) {
  config = std::move(x);
  identity_waits_.emplace(config.settings.retry_backoff,
                          config.settings.retry_backoff_max);
}

// -- flushing and stopping ------------------------------------------------

caf::result<caf::ok_atom> producer_state::flush() {
  if (posts_.empty())
    return caf::ok_atom_v;
  if (flushes_.size() >= config.settings.waiting_max)
    return make_error(ec::queue_full,
                      fmt::format("{} flushes wait already", flushes_.size()));
  return add_flush();
}

caf::typed_response_promise<caf::ok_atom> producer_state::add_flush() {
  auto promise = self->make_response_promise<caf::ok_atom>();
  flushes_.push_back({promise, next_post_, posts_.size()});
  for (auto& [label, t] : topics_)
    for (auto& [partition, l] : t.lanes)
      mark(l);
  settle();
  return promise;
}

void producer_state::let_flushes_pass(uint64_t post) {
  std::erase_if(flushes_, [post](waiting_flush& x) {
    if (post >= x.before || --x.posts_open > 0)
      return false;
    x.promise.deliver(caf::ok_atom_v);
    return true;
  });
}

caf::result<caf::ok_atom> producer_state::stop() {
  is_stopping_ = true;
  if (posts_.empty()) {
    self->quit();
    return caf::ok_atom_v;
  }
  // A record ends with its delivery timeout at the latest, and so does this.
  return add_flush();
}

void producer_state::abandon(const caf::error& x) {
  for (auto& [id, post] : std::exchange(posts_, {}))
    if (!post.is_answered)
      post.promise.deliver(x);
  for (auto& flush : std::exchange(flushes_, {}))
    flush.promise.deliver(x);
}

producer_status producer_state::status() const {
  auto result = status_;
  result.waiting = static_cast<uint32_t>(waiting_.size());
  return result;
}

// -- moving on ------------------------------------------------------------

void producer_state::settle() {
  while (!waiting_.empty()) {
    if (!has_room(status_.buffered_bytes, waiting_.front().content.bytes))
      break;
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    admit(next.topic, next.partition, next.content, now());
  }
  if (is_stopping_ && posts_.empty())
    self->quit();
  // Behind all messages that are here already: what they post leaves together.
  if (!dirty_.empty() && !std::exchange(is_tick_sent_, true))
    self->send(producer_actor{self}, tick_atom_v);
}

void producer_state::tick() {
  is_tick_sent_ = false;
  auto time = now();
  if (auto due = timer_.next(); due && *due <= time) {
    timer_.rang(time);
    while (!waiting_.empty() && waiting_.front().content.posted <= too_late()) {
      auto late = std::move(waiting_.front());
      waiting_.pop_front();
      refuse(late.content.from,
             make_error(ec::timed_out,
                        fmt::format("{}: no room in the producer's buffer for "
                                    "{} ms; never sent",
                                    late.topic,
                                    config.settings.delivery_timeout.count())));
    }
    if (!waiting_.empty())
      wake_at(deadline(waiting_.front().content.posted));
    for (auto& [label, t] : topics_) {
      expire_unplaced(t);
      for (auto& [partition, l] : t.lanes) {
        expire(l);
        mark(l);
      }
    }
  }
  for (auto l : std::exchange(dirty_, {})) {
    l->is_dirty = false;
    advance(*l);
  }
  settle();
}

caf::timespan producer_state::now() const {
  return self->clock().now().time_since_epoch();
}

int64_t producer_state::to_ms(caf::timespan time) const {
  return config.epoch.to_ms(caf::actor_clock::time_point{time});
}

void producer_state::wake_at(caf::timespan due) {
  if (timer_.set(due))
    self->scheduled_send(producer_actor{self},
                         caf::actor_clock::time_point{due}, tick_atom_v);
}

bool producer_state::is_hurried() const {
  return is_stopping_ || !flushes_.empty() || !waiting_.empty();
}

bool producer_state::is_idempotent() const {
  // Without answers a gap in the sequence would go unseen, for ever.
  return config.settings.idempotent && config.settings.acks != acks::none;
}

caf::timespan producer_state::deadline(caf::timespan posted) const {
  return posted + config.settings.delivery_timeout;
}

caf::timespan producer_state::too_late() const {
  return now() - config.settings.delivery_timeout;
}

// -- the actor ------------------------------------------------------------

producer_actor::behavior_type producer(
  producer_actor::stateful_pointer<producer_state> self,
  producer_config config) {
  self->state.configure(std::move(config));
  self->set_down_handler(
    [self](caf::down_msg& x) { self->state.on_down(x.source); });
  self->set_exit_handler([self](caf::exit_msg& x) {
    if (x.reason)
      self->quit(std::move(x.reason));
  });
  return {
    [self](post_atom, posting& x) { return self->state.post(x); },
    [self](post_atom, std::vector<posting>& xs) {
      return self->state.post_all(xs);
    },
    [self](flush_atom) { return self->state.flush(); },
    [self](status_atom) { return self->state.status(); },
    [self](stop_atom) { return self->state.stop(); },
    [self](tick_atom) { self->state.tick(); },
  };
}

} // namespace troupe
