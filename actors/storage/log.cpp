#include "actors/storage/log.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"
#include "actors/storage/log_impl.hpp"

namespace troupe::storage {

namespace {

/// Closed segments that stay open with their index, a log.
constexpr size_t warm_segments_max = 4;

} // namespace

// -- parts of append, read and sync ------------------------------------------

std::string log::impl::path_of(std::string_view name) const {
  return fmt::format("{}/{}", directory, name);
}

caf::error log::impl::check_usable() const {
  if (is_closed)
    return make_error(
      ec::shutting_down,
      fmt::format("{}/{}: the log is closed", disk->location(), directory));
  return failure;
}

caf::error log::impl::add_segment(int64_t now_ms, int64_t gap_end) {
  auto made = segment::create(disk, directory, segment_name{end, gap_end},
                              config.index_interval_bytes, now_ms);
  if (!made)
    return made.error();
  segments.push_back(std::move(*made));
  written_end = std::make_shared<std::atomic<int64_t>>(end);
  return caf::none;
}

caf::error log::impl::begin_use(int64_t now_ms) {
  if (in_use)
    return caf::none;
  // First the segment, then the state: writing that makes both names durable.
  if (segments.empty())
    if (auto error = add_segment(now_ms))
      return error;
  return write_state(false);
}

caf::expected<bool> log::impl::is_full(size_t more_bytes, int64_t now_ms) {
  if (active().bytes() == 0)
    return false;
  if (active().bytes() + more_bytes > config.segment_bytes)
    return true;
  auto index = active().index();
  if (!index)
    return index.error();
  // Made anew, its time is a record's: any number.
  return (*index)->about().created_ms <= now_ms - config.segment_age.count();
}

caf::error log::impl::roll(int64_t now_ms, int64_t gap_end) {
  auto closed = segments.back();
  if (auto error = add_segment(now_ms, gap_end))
    return error;
  unsynced_name = end;
  checkpoint_due = true;
  if (auto error = closed->save_index())
    // It can be made anew from the segment; a full disk may have room again.
    if (code_of(error) != ec::storage_full)
      return error;
  if (synced_end >= end)
    keep_warm(closed);
  return caf::none;
}

caf::error log::impl::put(const record_batch& batch) {
  if (auto error = active().append(batch)) {
    if (active().is_broken() || code_of(error) != ec::storage_full)
      failure = error;
    return error;
  }
  end = batch.header.last_offset() + 1;
  // Only now: a sync that began before is not to count for it.
  *written_end = end;
  bytes_since_checkpoint += batch.encoded_bytes();
  return caf::none;
}

caf::error log::impl::begin_with(const record_batch& batch, int64_t now_ms) {
  auto first = start;
  auto finish = [&]() -> caf::error {
    if (auto error = restart(batch.header.base_offset, now_ms))
      return error;
    epochs.begin(batch.header.leader_epoch, end);
    if (auto error = write_state(false))
      return error;
    if (auto error = put(batch))
      return error;
    start = first;
    return write_state(false);
  };
  auto error = finish();
  if (error)
    failure = error;
  return error;
}

caf::error log::impl::skip_to(int64_t offset, int64_t now_ms) {
  if (offset == end || active().name().is_compacted())
    return caf::none;
  if (active().bytes() == 0) {
    // It may have gaps from here on.
    unsynced_name = end;
    return active().rename({active().base(), offset});
  }
  return roll(now_ms, offset);
}

size_t log::impl::position_of(int64_t offset) const {
  auto next =
    std::partition_point(segments.begin(), segments.end(),
                         [&](const auto& x) { return x->base() <= offset; });
  return next == segments.begin()
           ? 0
           : static_cast<size_t>(std::distance(segments.begin(), next)) - 1;
}

int64_t log::impl::end_of(size_t position) const {
  return position + 1 < segments.size() ? segments[position + 1]->base() : end;
}

caf::error log::impl::check_epoch(const segment& from,
                                  const batch_header& x) const {
  auto known = epochs.at(x.base_offset);
  if (!known || x.base_offset < start || *known == x.leader_epoch)
    return caf::none;
  return make_error(
    ec::corrupt_log,
    fmt::format("{}/{}: the batch at offset {} names leader epoch {}, but the "
                "log was in epoch {} there",
                disk->location(), from.path(), x.base_offset, x.leader_epoch,
                *known));
}

void log::impl::keep_warm(const segment_ptr& used) {
  if (used == segments.back() || (!warm.empty() && warm.front() == used))
    return;
  std::erase(warm, used);
  warm.push_front(used);
  if (warm.size() <= warm_segments_max)
    return;
  auto oldest = std::move(warm.back());
  warm.pop_back();
  // A file with unsynced bytes stays open, for a failed sync is told to it.
  auto next = std::upper_bound(
    segments.begin(), segments.end(), oldest->base(),
    [](int64_t offset, const auto& x) { return offset < x->base(); });
  if (next != segments.end() && (*next)->base() <= synced_end)
    oldest->cool();
}

// -- log: who it is ----------------------------------------------------------

log::log(std::unique_ptr<impl> state) : impl_(std::move(state)) {}

log::~log() = default;

caf::expected<std::unique_ptr<log>> log::open(files_ptr disk,
                                              std::string directory,
                                              const topic_settings& settings,
                                              int64_t now_ms, bool is_replica) {
  auto state = std::make_unique<impl>(std::move(disk), std::move(directory),
                                      settings, is_replica);
  if (auto error = state->open(now_ms))
    return error;
  return std::unique_ptr<log>{new log{std::move(state)}};
}

int64_t log::start() const noexcept {
  return impl_->start;
}

int64_t log::end() const noexcept {
  return impl_->end;
}

int64_t log::synced_end() const noexcept {
  return impl_->synced_end;
}

int32_t log::leader_epoch() const noexcept {
  return impl_->epochs.current();
}

caf::error log::begin_epoch(int32_t epoch) {
  if (auto error = impl_->check_usable())
    return error;
  auto before = impl_->epochs;
  if (!impl_->epochs.begin(epoch, impl_->end))
    return caf::none;
  auto error = impl_->write_state(!impl_->in_use);
  if (error)
    impl_->epochs = std::move(before);
  return error;
}

const std::vector<epoch_start>& log::epochs() const noexcept {
  return impl_->epochs.entries();
}

epoch_start log::end_of_epoch(int32_t epoch) const noexcept {
  return impl_->epochs.end_of(epoch, impl_->end);
}

uint64_t log::size_bytes() const noexcept {
  uint64_t result = 0;
  for (const auto& x : impl_->segments)
    result += x->bytes();
  return result;
}

size_t log::segment_count() const noexcept {
  return impl_->segments.size();
}

const recovery_report& log::recovery() const noexcept {
  auto& x = *impl_;
  x.report.indexes_rebuilt = 0;
  for (const auto& s : x.segments)
    x.report.indexes_rebuilt += s->indexes_rebuilt();
  return x.report;
}

bool log::has_failed() const noexcept {
  return static_cast<bool>(impl_->failure);
}

void log::configure(const topic_settings& settings) {
  // A pass of compaction goes by the settings that it began with.
  if (impl_->config != settings)
    impl_->running.reset();
  impl_->config = settings;
  for (const auto& x : impl_->segments)
    x->interval_bytes(settings.index_interval_bytes);
}

// -- log: append and read ----------------------------------------------------

caf::expected<int64_t> log::append(record_batch& batch, int64_t now_ms) {
  auto& x = *impl_;
  if (auto error = x.check_usable())
    return error;
  if (batch.header.last_offset_delta < 0)
    return make_error(
      ec::corrupt_batch,
      fmt::format("last offset delta {}", batch.header.last_offset_delta));
  if (auto error = x.begin_use(now_ms))
    return error;
  auto full = x.is_full(batch.encoded_bytes(), now_ms);
  if (!full)
    return full.error();
  if (*full)
    if (auto error = x.roll(now_ms))
      return error;
  auto before = batch.header;
  batch.header.base_offset = x.end;
  batch.header.leader_epoch = x.epochs.current();
  if (auto error = x.put(batch)) {
    batch.header = before;
    return error;
  }
  return batch.header.base_offset;
}

caf::error log::append_replica(const record_batch& batch, int64_t now_ms) {
  auto& x = *impl_;
  const auto& header = batch.header;
  if (auto error = x.check_usable())
    return error;
  // Records at the front of the first batch may be deleted.
  auto is_partial = header.base_offset < x.end && x.end == x.start
                    && header.last_offset() >= x.end;
  if (header.last_offset_delta < 0
      || (header.base_offset < x.end && !is_partial)
      || header.leader_epoch < std::max(last_epoch(), 0))
    return make_error(
      ec::corrupt_batch,
      fmt::format("{}/{}: a replica's batch with offsets {} to {} of epoch {} "
                  "does not follow on end {} of epoch {}",
                  x.disk->location(), x.directory, header.base_offset,
                  header.last_offset(), header.leader_epoch, x.end,
                  last_epoch()));
  if (is_partial)
    return x.begin_with(batch, now_ms);
  if (auto error = x.begin_use(now_ms))
    return error;
  // Every epoch is in `state` before its first batch is in a segment.
  if (header.leader_epoch != x.epochs.current()) {
    auto before = x.epochs;
    x.epochs.forget_empty(x.end);
    x.epochs.begin(header.leader_epoch, x.end);
    if (auto error = x.write_state(false)) {
      x.epochs = std::move(before);
      return error;
    }
  }
  auto full = x.is_full(batch.encoded_bytes(), now_ms);
  if (!full)
    return full.error();
  if (*full)
    if (auto error = x.roll(now_ms))
      return error;
  if (auto error = x.skip_to(header.base_offset, now_ms)) {
    x.failure = error;
    return error;
  }
  return x.put(batch);
}

caf::error log::forget_empty_epochs() {
  auto& x = *impl_;
  if (auto error = x.check_usable())
    return error;
  auto before = x.epochs;
  if (!x.epochs.forget_empty(x.end))
    return caf::none;
  auto error = x.write_state(!x.in_use);
  if (error)
    x.epochs = std::move(before);
  return error;
}

int32_t log::last_epoch() const noexcept {
  const auto& x = *impl_;
  return x.end == x.start ? -1 : x.epochs.at(x.end - 1).value_or(-1);
}

int64_t log::active_base() const noexcept {
  const auto& x = *impl_;
  return x.segments.empty() ? x.end : x.segments.back()->base();
}

caf::expected<std::vector<record_batch>> log::read(int64_t offset,
                                                   size_t max_bytes) const {
  auto& x = *impl_;
  if (offset < x.start || offset > x.end)
    return make_error(ec::offset_out_of_range,
                      fmt::format("offset {} is not in the log, which has {} "
                                  "to {}",
                                  offset, x.start, x.end));
  if (offset == x.end)
    return std::vector<record_batch>{};
  auto position = x.position_of(offset);
  const auto& from = x.segments[position];
  auto result = from->read(offset, max_bytes);
  x.keep_warm(from);
  if (!result)
    return result;
  for (const auto& batch : *result)
    if (auto error = x.check_epoch(*from, batch.header))
      return error;
  if (!result->empty())
    return result;
  return make_error(ec::corrupt_log,
                    fmt::format("{}/{}: has no batch from offset {} on, though "
                                "it should reach offset {}",
                                x.disk->location(), from->path(), offset,
                                x.end_of(position)));
}

caf::expected<offset_and_time> log::find_time(int64_t timestamp_ms) const {
  auto& x = *impl_;
  for (auto i = x.position_of(x.start); i < x.segments.size(); ++i) {
    auto about = x.segments[i]->about();
    if (!about)
      return about.error();
    x.keep_warm(x.segments[i]);
    if (about->max_timestamp_ms < timestamp_ms || about->bytes == 0)
      continue;
    auto found = x.segments[i]->find_time(timestamp_ms, x.start);
    if (!found)
      return found.error();
    if (*found)
      return **found;
  }
  return offset_and_time{x.end, -1};
}

} // namespace troupe::storage
