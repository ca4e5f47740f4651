#include "actors/partition/partition.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
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

/// The time of the first record at or after an offset; -1: it is none of these.
caf::expected<int64_t> first_at(int64_t offset,
                                const std::vector<record_batch>& in) {
  if (in.empty())
    return -1;
  auto records = read_records(in.front());
  if (!records)
    return std::move(records.error());
  for (const auto& x : *records)
    if (x.offset >= offset)
      return x.content.timestamp_ms;
  return -1;
}

} // namespace

caf::result<fetch_result> partition_state::fetch(fetch_request& x) {
  if (is_closed_)
    return make_error(ec::shutting_down, config.name + " is stopping");
  if (auto refused = not_leading())
    return refused;
  if (auto refused = is_deposed(std::max(x.leader_epoch, x.last_epoch)))
    return refused;
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
      || x.wait_max <= caf::timespan{0}) {
    bytes_fetched_ += bytes;
    return std::move(*found);
  }
  if (readers_.size() >= config.limits.waiting_fetches_max)
    return make_error(ec::queue_full,
                      fmt::format("{}: {} fetches wait for records",
                                  config.name, readers_.size()));
  auto promise = self->make_response_promise<fetch_result>();
  auto deadline = now() + std::min(x.wait_max, fetch_wait_bound);
  readers_.add({promise, x}, bytes_visible_ + (x.bytes_min - bytes), deadline);
  set_timer();
  return promise;
}

int64_t partition_state::high_watermark() const {
  if (part_ == replica_part::alone)
    return log->end();
  if (replicas_)
    return replicas_->high_watermark();
  // Only what is at all in sync is deleted.
  return std::max(known_watermark_, log->start());
}

caf::error partition_state::is_deposed(int32_t known_epoch) const {
  if (!replicas_ || known_epoch <= placement_.leader_epoch)
    return caf::none;
  return make_error(ec::unknown_leader_epoch,
                    fmt::format("{}: this node leads by epoch {}; there is an "
                                "epoch {} already",
                                config.name, placement_.leader_epoch,
                                known_epoch));
}

fetch_status partition_state::compare(int64_t offset, int32_t last_epoch,
                                      int64_t& diverging_end) const {
  if (offset < log->start())
    return fetch_status::below_start;
  // At the start the record before, whose epoch it is, is not there to compare.
  if (last_epoch >= 0 && offset > log->start()) {
    auto known = log->end_of_epoch(last_epoch);
    if (known.epoch != last_epoch || known.start_offset < offset) {
      diverging_end = std::clamp(known.start_offset, log->start(), log->end());
      return fetch_status::diverged;
    }
  }
  return offset > log->end() ? fetch_status::above_end : fetch_status::ok;
}

caf::expected<std::vector<record_batch>> partition_state::read(
  int64_t offset, uint64_t bytes_max) const {
  if (offset == log->end())
    return std::vector<record_batch>{};
  if (auto recent = tail.read(offset, bytes_max))
    return std::move(*recent);
  return log->read(offset, bytes_max);
}

caf::expected<fetch_result> partition_state::look(
  const fetch_request& x) const {
  fetch_result result;
  result.log_start = log->start();
  result.log_end = log->end();
  result.high_watermark = high_watermark();
  result.leader_epoch = log->leader_epoch();
  result.status = compare(x.offset, x.last_epoch, result.diverging_end);
  if (result.status != fetch_status::ok || x.offset >= result.high_watermark)
    return result;
  auto found = read(x.offset, x.bytes_max);
  if (!found)
    return std::move(found.error());
  result.batches = std::move(*found);
  while (!result.batches.empty()
         && result.batches.back().header.last_offset() >= result.high_watermark)
    result.batches.pop_back();
  return result;
}

void partition_state::answer_fetch(waiting_fetch& x) {
  auto found = look(x.request);
  if (!found) {
    x.promise.deliver(std::move(found.error()));
    return;
  }
  bytes_fetched_ += bytes_of(found->batches);
  x.promise.deliver(std::move(*found));
}

void partition_state::wake_readers() {
  for (auto& x : readers_.take_reached(bytes_visible_))
    answer_fetch(x);
}

void partition_state::end_waits() {
  timer_.rang(now());
  for (auto& x : readers_.take_expired(now()))
    answer_fetch(x);
  if (part_ == replica_part::leads)
    advance();
  else if (part_ == replica_part::follows) {
    if (placement_.leader == config.node_id)
      resign(placement_);
    else
      follow();
  }
  set_timer();
}

void partition_state::set_timer() {
  auto due = readers_.next_deadline();
  auto also = [&](caf::timespan x) { due = std::min(due.value_or(x), x); };
  for (const auto& [node, x] : waiting_replicas_)
    also(x.deadline);
  // Who is silent falls out of sync.
  if (part_ == replica_part::leads && placement_.in_sync.size() > 1)
    also(now() + config.cluster.replica_lag_max);
  if (due && timer_.set(*due))
    self->scheduled_send(partition_actor{self},
                         caf::actor_clock::time_point{*due}, tick_atom_v);
}

caf::result<offset_answer> partition_state::find(const offset_query& x) const {
  if (auto refused = not_leading())
    return refused;
  // Before, what an earlier leader acknowledged may be above the watermark.
  if (replicas_ && high_watermark() < replicas_->epoch_begin())
    return make_error(ec::not_available,
                      config.name
                        + ": its new leader learns what is committed");
  offset_answer result;
  result.log_start = log->start();
  result.high_watermark = high_watermark();
  switch (x.what) {
    case offset_query::kind::earliest:
      result.offset = log->start();
      break;
    case offset_query::kind::latest:
      result.offset = result.high_watermark;
      break;
    case offset_query::kind::timestamp: {
      auto found = log->find_time(x.timestamp_ms);
      if (!found)
        return std::move(found.error());
      result.offset = found->offset;
      result.timestamp_ms = found->timestamp_ms;
      if (result.offset >= result.high_watermark) {
        result.offset = result.high_watermark;
        result.timestamp_ms = -1;
      }
      break;
    }
    case offset_query::kind::record: {
      result.offset = std::clamp(x.offset, log->start(), result.high_watermark);
      if (result.offset == result.high_watermark)
        break;
      auto found = read(result.offset, 1);
      if (!found)
        return std::move(found.error());
      auto first = first_at(result.offset, *found);
      if (!first)
        return std::move(first.error());
      result.timestamp_ms = *first;
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

caf::result<epoch_end> partition_state::end_of(int32_t epoch) const {
  if (auto refused = not_leading())
    return refused;
  // The largest number stands for whatever is the last one.
  if (epoch != std::numeric_limits<int32_t>::max())
    if (auto refused = is_deposed(epoch))
      return refused;
  auto found = log->end_of_epoch(epoch);
  return epoch_end{found.epoch, found.start_offset};
}

} // namespace troupe
