#include "actors/producer/producer.hpp"

#include <utility>

#include <fmt/format.h>

#include "actors/producer/limits.hpp"

namespace troupe {

// -- posting --------------------------------------------------------------

caf::result<record_metadata> producer_state::post(posting& x) {
  if (auto bad = check(x))
    return bad;
  auto bytes = encoded_bytes_max(x.content);
  auto fits = waiting_.empty() && has_room(status_.buffered_bytes, bytes);
  if (auto full = check_waiting(fits ? 0 : 1))
    return full;
  auto promise = self->make_response_promise<record_metadata>();
  auto id = open(promise, true, 1);
  enter(x, bytes, now(), {id, 0});
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
    enter(xs[i], size, time, {id, i});
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
  // Nor once that may have changed: who is refused here asks nobody anew.
  if (auto* t = find_topic(x.topic);
      t && t->info && now() - t->known_at <= producer_limits::topic_age_max) {
    auto& info = *t->info;
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

void producer_state::enter(posting& x, uint64_t bytes, caf::timespan posted,
                           const ticket& from) {
  queued_record content{std::move(x.content), bytes, posted, from};
  if (waiting_.empty() && has_room(status_.buffered_bytes, bytes)) {
    admit(x.topic, x.partition, content, posted);
    return;
  }
  wake_at(deadline(posted));
  waiting_.push_back({std::move(x.topic), x.partition, std::move(content)});
}

// -- answering ------------------------------------------------------------

void producer_state::answer(const std::vector<ticket>& tickets,
                            record_metadata x) {
  status_.acknowledged += tickets.size();
  auto has_offset = x.offset >= 0;
  open_post* post = nullptr;
  for (size_t i = 0; i < tickets.size(); ++i) {
    auto& from = tickets[i];
    // Records of one post stand together.
    if (!post || tickets[i - 1].post != from.post)
      post = &posts_.find(from.post)->second;
    if (post->is_single)
      post->promise.deliver(x);
    else
      post->results[from.index] = x;
    if (close_record(*post, from.post))
      post = nullptr;
    if (has_offset)
      ++x.offset;
  }
}

void producer_state::refuse(const ticket& from, const caf::error& x) {
  ++status_.failed;
  auto& post = posts_.find(from.post)->second;
  if (!std::exchange(post.is_answered, true))
    post.promise.deliver(x);
  close_record(post, from.post);
}

bool producer_state::close_record(open_post& post, uint64_t id) {
  if (--post.records_open > 0)
    return false;
  if (!post.is_single && !post.is_answered)
    post.promise.deliver(std::move(post.results));
  posts_.erase(id);
  let_flushes_pass(id);
  return true;
}

} // namespace troupe
