#include "actors/producer/producer.hpp"

#include <utility>

#include <fmt/format.h>

#include "actors/producer/limits.hpp"

namespace troupe {

using producer_limits::topic_age_max;

producer_state::topic::topic(std::string topic_name,
                             const producer_settings& settings, uint64_t first)
  : name(std::move(topic_name)),
    waits(settings.retry_backoff, settings.retry_backoff_max),
    partitions(name, settings.batch_bytes, first) {
  // nop
}

// -- placing records ------------------------------------------------------

const producer_state::topic* producer_state::find_topic(
  const std::string& topic_name) const {
  // Most posts follow one of the same topic.
  if (last_topic_ && last_topic_->name == topic_name)
    return last_topic_;
  auto i = topics_.find(topic_name);
  return i == topics_.end() ? nullptr : &i->second;
}

producer_state::topic& producer_state::topic_of(const std::string& topic_name,
                                                caf::timespan time) {
  if (!last_topic_ || last_topic_->name != topic_name) {
    // Where the first record without key goes differs from one short-lived
    // producer to the next.
    auto first = static_cast<uint64_t>(to_ms(time));
    last_topic_ =
      &topics_.try_emplace(topic_name, topic_name, config.settings, first)
         .first->second;
  }
  return *last_topic_;
}

void producer_state::forget_topic(const topic& t) {
  last_topic_ = nullptr;
  topics_.erase(std::string{t.name});
}

void producer_state::admit(const std::string& topic_name, int32_t partition,
                           queued_record& x, caf::timespan time) {
  status_.buffered_bytes += x.bytes;
  auto& t = topic_of(topic_name, time);
  if (x.content.timestamp_ms == -1)
    x.content.timestamp_ms = to_ms(time);
  wake_at(deadline(x.posted));
  if (t.info) {
    if (time - t.known_at > topic_age_max)
      ask_topic(t);
    auto problem = place(t, partition, x);
    if (!problem)
      return;
    if (code_of(problem) != ec::unknown_partition) {
      refuse_queued(x, problem);
      return;
    }
    // It may have been added since.
  }
  t.unplaced.push_back({partition, std::move(x)});
  ask_topic(t);
}

caf::error producer_state::place(topic& t, int32_t partition,
                                 queued_record& x) {
  auto limit = t.info->settings.record_bytes_max;
  if (batch_bytes_min(x.content) > limit)
    return make_error(ec::record_too_large,
                      fmt::format("{}: a record of {} bytes; the topic's "
                                  "record_bytes_max is {}",
                                  t.name, batch_bytes_min(x.content), limit));
  auto chosen = t.partitions.choose(partition, x.content.key, x.bytes,
                                    t.info->partitions());
  if (!chosen)
    return std::move(chosen.error());
  auto& l = lane_of(t, *chosen);
  l.records.push(std::move(x));
  mark(l);
  return caf::none;
}

producer_state::lane& producer_state::lane_of(topic& t, int32_t partition) {
  auto i = t.lanes.find(partition);
  if (i == t.lanes.end()) {
    i = t.lanes.try_emplace(partition, t, partition, config.settings).first;
    i->second.identity_needed = is_idempotent() ? 1 : 0;
  }
  return i->second;
}

void producer_state::refuse_queued(const queued_record& x,
                                   const caf::error& why) {
  status_.buffered_bytes -= x.bytes;
  refuse(x.from, why);
}

void producer_state::fail_unplaced(topic& t, const caf::error& x) {
  for (auto& record : std::exchange(t.unplaced, {}))
    refuse_queued(record.content, x);
}

void producer_state::expire_unplaced(topic& t) {
  while (!t.unplaced.empty()
         && t.unplaced.front().content.posted <= too_late()) {
    auto late = std::move(t.unplaced.front());
    t.unplaced.pop_front();
    refuse_queued(
      late.content,
      make_error(ec::timed_out,
                 fmt::format("{}: never sent; {}", t.name, t.last_problem)));
  }
  if (t.unplaced.empty())
    return;
  wake_at(deadline(t.unplaced.front().content.posted));
  ask_topic(t);
}

// -- asking the node ------------------------------------------------------

void producer_state::ask_topic(topic& t) {
  if (t.is_asking)
    return;
  if (now() < t.retry_at) {
    wake_at(t.retry_at);
    return;
  }
  t.is_asking = true;
  self
    ->request(config.node, config.settings.request_timeout, topic_atom_v,
              t.name)
    .then(
      [this, &t](topic_info& info) {
        on_topic(t, info);
        settle();
      },
      [this, &t](caf::error& x) {
        on_topic_failed(t, x);
        settle();
      });
}

void producer_state::on_topic(topic& t, topic_info& info) {
  t.is_asking = false;
  t.waits.reset();
  if (info.is_internal) {
    auto x = make_error(ec::invalid_argument,
                        t.name + ": is internal; not to be posted to");
    fail_unplaced(t, x);
    if (t.lanes.empty())
      forget_topic(t);
    return;
  }
  if (t.info && t.info->id != info.id)
    // Made again under its name: other partitions serve it.
    for (auto& [partition, l] : t.lanes)
      drop_handle(l);
  t.info = std::move(info);
  t.known_at = now();
  for (auto& record : std::exchange(t.unplaced, {}))
    if (auto problem = place(t, record.partition, record.content))
      refuse_queued(record.content, problem);
  for (auto& [partition, l] : t.lanes) {
    if (partition >= t.info->partitions() && !l.is_busy)
      fail_lane(l, make_error(ec::unknown_partition,
                              fmt::format("{}: no such partition; the topic "
                                          "has {}",
                                          l.label, t.info->partitions())));
    mark(l);
  }
}

void producer_state::on_topic_failed(topic& t, const caf::error& x) {
  t.is_asking = false;
  t.last_problem = what(x);
  if (code_of(x) == ec::none || is_retriable(x)) {
    t.retry_at = now() + t.waits.next();
    if (!t.unplaced.empty() || !t.info)
      wake_at(t.retry_at);
    return;
  }
  fail_unplaced(t, x);
  if (code_of(x) == ec::unknown_topic)
    t.info.reset();
  if (t.info)
    return;
  for (auto& [partition, l] : t.lanes)
    if (!l.is_busy)
      fail_lane(l, x);
  if (t.lanes.empty())
    forget_topic(t);
}

} // namespace troupe
