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

// -- posting
// -------------------------------------------------------------------

caf::result<record_metadata> producer_state::post(posting& x) {
  if (auto bad = check(x))
    return bad;
  auto bytes = encoded_bytes_max(x.content);
  auto fits = waiting_.empty() && has_room(status_.buffered_bytes, bytes);
  if (auto full = check_waiting(fits ? 0 : 1))
    return full;
  auto promise = self->make_response_promise<record_metadata>();
  auto id = open(promise, true, 1);
  enter({std::move(x), bytes, now(), {id, 0}});
  settle();
  return promise;
}

caf::result<std::vector<record_metadata>> producer_state::post_all(
  std::vector<posting>& xs) {
  if (xs.empty())
    return std::vector<record_metadata>{};
  // All or nothing: a message is refused before any of it is taken.
  auto buffered = status_.buffered_bytes;
  uint64_t must_wait = 0;
  for (auto& x : xs) {
    if (auto bad = check(x))
      return bad;
    auto bytes = encoded_bytes_max(x.content);
    if (waiting_.empty() && must_wait == 0 && has_room(buffered, bytes))
      buffered += bytes;
    else
      ++must_wait;
  }
  if (auto full = check_waiting(must_wait))
    return full;
  auto promise = self->make_response_promise<std::vector<record_metadata>>();
  auto id = open(promise, false, xs.size());
  auto time = now();
  for (uint32_t i = 0; i < xs.size(); ++i) {
    auto size = encoded_bytes_max(xs[i].content);
    enter({std::move(xs[i]), size, time, {id, i}});
  }
  settle();
  return promise;
}

caf::error producer_state::check(const posting& x) const {
  if (is_stopping_)
    return make_error(ec::shutting_down, "the producer is stopping");
  if (x.topic.empty())
    return make_error(ec::invalid_argument, "topic: must not be empty");
  if (x.partition < -1)
    return make_error(ec::invalid_argument,
                      fmt::format("partition: {}; must be 0 or more, or -1 to "
                                  "have one chosen",
                                  x.partition));
  if (x.content.timestamp_ms < -1)
    return make_error(ec::invalid_argument,
                      fmt::format("timestamp_ms: {}; must be 0 or more, or -1 "
                                  "for now",
                                  x.content.timestamp_ms));
  auto bytes = encoded_bytes_max(x.content);
  auto limit = config.settings.buffer_bytes;
  // Until the topic has told its own limit.
  auto what_limits = "the producer's buffer_bytes";
  if (auto i = topics_.find(x.topic); i != topics_.end() && i->second.info) {
    auto& info = *i->second.info;
    if (batch_bytes_min(x.content) > info.settings.record_bytes_max) {
      bytes = batch_bytes_min(x.content);
      limit = info.settings.record_bytes_max;
      what_limits = "the topic's record_bytes_max";
    }
  }
  if (bytes > limit)
    return make_error(ec::record_too_large,
                      fmt::format("{}: a record of {} bytes; {} is {}", x.topic,
                                  bytes, what_limits, limit));
  return caf::none;
}

caf::error producer_state::check_waiting(uint64_t more) const {
  if (more == 0 || waiting_.size() + more <= config.settings.waiting_max)
    return caf::none;
  return make_error(ec::queue_full,
                    fmt::format("{} bytes are not acknowledged yet and {} "
                                "records wait for room; at most {} may",
                                status_.buffered_bytes, waiting_.size(),
                                config.settings.waiting_max));
}

bool producer_state::has_room(uint64_t buffered, uint64_t bytes) const {
  return buffered == 0 || buffered + bytes <= config.settings.buffer_bytes;
}

uint64_t producer_state::open(const caf::response_promise& promise,
                              bool is_single, size_t count) {
  auto id = next_post_++;
  open_post post{promise, is_single, false, count, {}};
  if (!is_single)
    post.results.resize(count);
  posts_.emplace(id, std::move(post));
  status_.posted += count;
  return id;
}

void producer_state::enter(waiting_record x) {
  if (waiting_.empty() && has_room(status_.buffered_bytes, x.bytes)) {
    admit(std::move(x));
    return;
  }
  wake_at(deadline(x.posted));
  waiting_.push_back(std::move(x));
}

// -- answering
// -----------------------------------------------------------------

void producer_state::answer(const ticket& from, record_metadata x) {
  ++status_.acknowledged;
  auto i = posts_.find(from.post);
  auto& post = i->second;
  if (post.is_single)
    post.promise.deliver(std::move(x));
  else
    post.results[from.index] = std::move(x);
  close_record(post, from.post);
}

void producer_state::refuse(const ticket& from, const caf::error& x) {
  ++status_.failed;
  auto& post = posts_.find(from.post)->second;
  if (!std::exchange(post.is_answered, true))
    post.promise.deliver(x);
  close_record(post, from.post);
}

void producer_state::close_record(open_post& post, uint64_t id) {
  if (--post.records_open > 0)
    return;
  if (!post.is_single && !post.is_answered)
    post.promise.deliver(std::move(post.results));
  posts_.erase(id);
  let_flushes_pass(id);
}

// -- flushing and stopping
// -------------------------------------------------------

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

// -- moving on
// ---------------------------------------------------------------------

void producer_state::settle() {
  while (!waiting_.empty()) {
    if (!has_room(status_.buffered_bytes, waiting_.front().bytes))
      break;
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    admit(std::move(next));
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
    while (!waiting_.empty() && waiting_.front().posted <= too_late()) {
      auto late = std::move(waiting_.front());
      waiting_.pop_front();
      refuse(late.from,
             make_error(ec::timed_out,
                        fmt::format("{}: no room in the producer's buffer for "
                                    "{} ms; never sent",
                                    late.content.topic,
                                    config.settings.delivery_timeout.count())));
    }
    if (!waiting_.empty())
      wake_at(deadline(waiting_.front().posted));
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

// -- the actor
// ---------------------------------------------------------------------

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
