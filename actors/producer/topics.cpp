#include "actors/producer/producer.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace troupe {

namespace {

/// What is known of a topic is asked for again, when it is used, after this
/// long: so that new partitions get records.
constexpr caf::timespan topic_age_max = std::chrono::seconds{30};

} // namespace

producer_state::topic::topic(std::string topic_name,
                             const producer_settings& settings, uint64_t first)
  : name(std::move(topic_name)),
    waits(settings.retry_backoff, settings.retry_backoff_max),
    partitions(name, settings.batch_bytes, first) {
  // nop
}

// -- placing records ------------------------------------------------------

void producer_state::admit(waiting_record x) {
  status_.buffered_bytes += x.bytes;
  auto& topic_name = x.content.topic;
  auto i = topics_.find(topic_name);
  if (i == topics_.end()) {
    // Where the first record without key goes differs from one short-lived
    // producer to the next.
    auto first = static_cast<uint64_t>(now_ms(self, config.epoch));
    i =
      topics_.try_emplace(topic_name, topic_name, config.settings, first).first;
  }
  auto& t = i->second;
  auto& content = x.content.content;
  if (content.timestamp_ms == -1)
    content.timestamp_ms = now_ms(self, config.epoch);
  unplaced_record record{x.content.partition,
                         {std::move(content), x.bytes, x.posted, x.from}};
  wake_at(deadline(x.posted));
  if (t.info) {
    if (now() - t.known_at > topic_age_max)
      ask_topic(t);
    auto problem = place(t, record);
    if (!problem)
      return;
    if (code_of(problem) != ec::unknown_partition) {
      refuse_unplaced(record, problem);
      return;
    }
    // It may have been added since.
  }
  t.unplaced.push_back(std::move(record));
  ask_topic(t);
}

caf::error producer_state::place(topic& t, unplaced_record& x) {
  auto& record = x.content.content;
  auto limit = t.info->settings.record_bytes_max;
  if (batch_bytes_min(record) > limit)
    return make_error(ec::record_too_large,
                      fmt::format("{}: a record of {} bytes; the topic's "
                                  "record_bytes_max is {}",
                                  t.name, batch_bytes_min(record), limit));
  auto chosen = t.partitions.choose(x.partition, record.key, x.content.bytes,
                                    t.info->partitions());
  if (!chosen)
    return std::move(chosen.error());
  auto& l = lane_of(t, *chosen);
  l.records.push(std::move(x.content));
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

void producer_state::refuse_unplaced(const unplaced_record& x,
                                     const caf::error& why) {
  status_.buffered_bytes -= x.content.bytes;
  refuse(x.content.from, why);
}

void producer_state::fail_unplaced(topic& t, const caf::error& x) {
  for (auto& record : std::exchange(t.unplaced, {}))
    refuse_unplaced(record, x);
}

void producer_state::expire_unplaced(topic& t) {
  while (!t.unplaced.empty()
         && t.unplaced.front().content.posted <= too_late()) {
    auto late = std::move(t.unplaced.front());
    t.unplaced.pop_front();
    refuse_unplaced(
      late, make_error(ec::timed_out, fmt::format("{}: never sent; {}", t.name,
                                                  t.last_problem)));
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
      topics_.erase(std::string{t.name});
    return;
  }
  if (t.info && t.info->id != info.id)
    // Made again under its name: other partitions serve it.
    for (auto& [partition, l] : t.lanes)
      drop_handle(l);
  t.info = std::move(info);
  t.known_at = now();
  for (auto& record : std::exchange(t.unplaced, {}))
    if (auto problem = place(t, record))
      refuse_unplaced(record, problem);
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
    topics_.erase(std::string{t.name});
}

} // namespace troupe
