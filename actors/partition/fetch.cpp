#include "actors/partition/partition.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace troupe {

namespace {

/// Bounds on what one fetch may ask for: the rest comes with the next one.
constexpr uint64_t fetch_bytes_bound = 16 * mib;
constexpr caf::timespan fetch_wait_bound = std::chrono::minutes{5};

uint64_t bytes_of(const std::vector<record_batch>& batches) {
  uint64_t result = 0;
  for (auto& x : batches)
    result += x.encoded_bytes();
  return result;
}

} // namespace

caf::result<fetch_result> partition_state::fetch(fetch_request& x) {
  if (is_closed_)
    return make_error(ec::shutting_down, config.name + " is stopping");
  x.bytes_max = std::min(x.bytes_max, fetch_bytes_bound);
  x.bytes_min = std::min(x.bytes_min, x.bytes_max);
  auto found = look(x);
  if (!found)
    return std::move(found.error());
  auto bytes = bytes_of(found->batches);
  auto is_cut_short =
    !found->batches.empty()
    && found->batches.back().header.last_offset() + 1 < found->high_watermark;
  if (found->status != fetch_status::ok || bytes >= x.bytes_min || is_cut_short
      || x.wait_max <= caf::timespan{0})
    return std::move(*found);
  if (readers_.size() >= config.limits.waiting_fetches_max)
    return make_error(ec::queue_full,
                      fmt::format("{}: {} fetches wait for records",
                                  config.name, readers_.size()));
  auto promise = self->make_response_promise<fetch_result>();
  auto deadline = now() + std::min(x.wait_max, fetch_wait_bound);
  readers_.add({promise, x}, bytes_appended_ + (x.bytes_min - bytes), deadline);
  set_timer();
  return promise;
}

caf::expected<fetch_result> partition_state::look(
  const fetch_request& x) const {
  fetch_result result;
  result.log_start = log->start();
  result.log_end = log->end();
  // On one node consumers see everything that is written.
  result.high_watermark = log->end();
  result.leader_epoch = log->leader_epoch();
  if (x.offset < result.log_start) {
    result.status = fetch_status::below_start;
    return result;
  }
  // At the start the record before, whose epoch it is, is not there to compare.
  if (x.last_epoch >= 0 && x.offset > result.log_start) {
    auto known = log->end_of_epoch(x.last_epoch);
    if (known.epoch != x.last_epoch || known.start_offset < x.offset) {
      result.status = fetch_status::diverged;
      result.diverging_end =
        std::clamp(known.start_offset, result.log_start, result.log_end);
      return result;
    }
  }
  if (x.offset > result.log_end) {
    result.status = fetch_status::above_end;
    return result;
  }
  if (x.offset == result.log_end)
    return result;
  if (auto recent = tail.read(x.offset, x.bytes_max)) {
    result.batches = std::move(*recent);
    return result;
  }
  auto older = log->read(x.offset, x.bytes_max);
  if (!older)
    return std::move(older.error());
  result.batches = std::move(*older);
  return result;
}

void partition_state::answer_fetch(waiting_fetch& x) {
  auto found = look(x.request);
  if (found)
    x.promise.deliver(std::move(*found));
  else
    x.promise.deliver(std::move(found.error()));
}

void partition_state::wake_readers() {
  for (auto& x : readers_.take_reached(bytes_appended_))
    answer_fetch(x);
}

void partition_state::end_waits() {
  timer_.rang(now());
  for (auto& x : readers_.take_expired(now()))
    answer_fetch(x);
  set_timer();
}

void partition_state::set_timer() {
  if (auto due = readers_.next_deadline(); due && timer_.set(*due))
    self->scheduled_send(partition_actor{self},
                         caf::actor_clock::time_point{*due}, tick_atom_v);
}

caf::result<offset_answer> partition_state::find(const offset_query& x) const {
  offset_answer result;
  result.log_start = log->start();
  result.high_watermark = log->end();
  switch (x.what) {
    case offset_query::kind::earliest:
      result.offset = log->start();
      break;
    case offset_query::kind::latest:
      result.offset = log->end();
      break;
    case offset_query::kind::timestamp: {
      auto found = log->find_time(x.timestamp_ms);
      if (!found)
        return std::move(found.error());
      result.offset = found->offset;
      result.timestamp_ms = found->timestamp_ms;
      break;
    }
  }
  result.leader_epoch = log->leader_epoch();
  if (result.offset < log->end())
    for (auto& epoch : log->epochs())
      if (epoch.start_offset <= result.offset)
        result.leader_epoch = epoch.epoch;
  return result;
}

epoch_end partition_state::end_of(int32_t epoch) const {
  auto found = log->end_of_epoch(epoch);
  return {found.epoch, found.start_offset};
}

} // namespace troupe
