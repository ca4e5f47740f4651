#include "actors/consumer/in_flight.hpp"

#include <algorithm>

namespace troupe {

namespace {

/// Of a batch's attributes: it carries markers, no user's records.
constexpr int16_t control_bit = 1 << 5;

/// Stands for 'the member epoch at the time of the commit'.
constexpr int64_t no_epoch = -1;

} // namespace

in_flight::in_flight(const assigned_partition& start, uint64_t ahead_bytes,
                     uint64_t fetch_bytes, bool commits_before)
  : ahead_bytes_(ahead_bytes), fetch_bytes_(fetch_bytes),
    commits_before_(commits_before), is_paused_(start.is_paused),
    fetch_offset_(start.offset), fetch_epoch_(start.leader_epoch),
    position_(start.offset), passed_{start.offset, start.leader_epoch,
                                     no_epoch},
    committed_next_(start.reason == start_reason::committed ? start.offset
                                                            : -1) {
  // nop
}

// -- fetching
// ------------------------------------------------------------------

bool in_flight::wants_fetch() const noexcept {
  if (is_paused_ || is_draining_ || damage_)
    return false;
  return batches_.empty() || buffered_bytes_ + fetch_bytes_ <= ahead_bytes_;
}

void in_flight::take(int64_t asked_offset,
                     const std::vector<record_batch>& batches) {
  if (asked_offset != fetch_offset_ || is_draining_)
    return;
  for (const auto& batch : batches) {
    auto& header = batch.header;
    if (header.last_offset() < fetch_offset_)
      continue;
    batches_.push_back(batch);
    buffered_bytes_ += batch.encoded_bytes();
    fetch_offset_ = header.last_offset() + 1;
    fetch_epoch_ = header.leader_epoch;
  }
}

int64_t in_flight::skip_to(int64_t log_start) {
  auto skipped = log_start - fetch_offset_;
  if (skipped <= 0)
    return 0;
  fetch_offset_ = log_start;
  fetch_epoch_ = -1;
  if (phase_ == phase::none && batches_.empty()) {
    position_ = log_start;
    passed_ = {log_start, -1, passed_.handed_epoch};
  }
  return skipped;
}

void in_flight::cut_at(int64_t end) {
  auto is_cut = record_.offset >= end;
  if (phase_ == phase::handed)
    is_void_ = is_void_ || is_cut;
  else if (phase_ == phase::waiting || is_cut)
    phase_ = phase::none;
  position_ = std::min(position_, end);
  if (passed_.next > end) {
    passed_ = {end, -1, passed_.handed_epoch};
    // What was finished below the cut is still to be committed.
    if (first_finished_ >= end)
      first_finished_ = -1;
    if (uncommitted(0).next < 0)
      finished_unasked_ = 0;
  }
  refetch();
  fetch_epoch_ = -1;
}

void in_flight::refetch() {
  if (phase_ == phase::waiting)
    phase_ = phase::none;
  clear_buffer();
  fetch_offset_ = position_;
  // The record before is finished, passed or out; its epoch is known only then.
  fetch_epoch_ = passed_.next == position_ ? passed_.leader_epoch : -1;
}

void in_flight::clear_buffer() {
  batches_.clear();
  reader_.reset();
  buffered_bytes_ = 0;
  damage_ = caf::none;
}

// -- handing out
// -----------------------------------------------------------------

const placed_record* in_flight::next(caf::timespan now) {
  if (phase_ == phase::cleared)
    return &record_;
  if (is_paused_ || is_draining_)
    return nullptr;
  switch (phase_) {
    case phase::waiting:
      return &record_;
    case phase::failed:
      return now < retry_at_ ? nullptr : &record_;
    case phase::none:
      return decode() ? &record_ : nullptr;
    default:
      return nullptr;
  }
}

bool in_flight::decode() {
  while (!batches_.empty() && !damage_) {
    auto& header = batches_.front().header;
    if (!reader_ && (header.attributes & control_bit) == 0)
      reader_.emplace(batches_.front());
    // A batch is fetched whole, though the fetch began within it.
    while (reader_ && reader_->next(record_)) {
      if (record_.offset < position_)
        continue;
      position_ = record_.offset;
      record_epoch_ = header.leader_epoch;
      attempts_ = 0;
      phase_ = phase::waiting;
      return true;
    }
    if (reader_ && reader_->failure()) {
      damage_ = reader_->failure();
      return false;
    }
    auto end = std::max(position_, header.last_offset() + 1);
    position_ = end;
    // Nothing is out: all before the end of the batch is finished, or a gap.
    if (end > passed_.next)
      passed_ = {end, header.leader_epoch, passed_.handed_epoch};
    buffered_bytes_ -= batches_.front().encoded_bytes();
    reader_.reset();
    batches_.pop_front();
  }
  return false;
}

void in_flight::announce(int64_t member_epoch) {
  out_epoch_ = member_epoch;
  phase_ = phase::announced;
}

uint32_t in_flight::hand(int64_t member_epoch) {
  // An announced record was committed under the epoch of its announcement.
  if (phase_ != phase::cleared)
    out_epoch_ = member_epoch;
  phase_ = phase::handed;
  is_void_ = false;
  position_ = record_.offset + 1;
  handed_next_ = position_;
  return ++attempts_;
}

bool in_flight::finish() {
  phase_ = phase::none;
  if (is_void_)
    return false;
  passed_ = {record_.offset + 1, record_epoch_, out_epoch_};
  if (first_finished_ < 0)
    first_finished_ = record_.offset;
  ++finished_unasked_;
  return true;
}

bool in_flight::fail(caf::timespan retry_at) {
  if (is_void_ || is_draining_) {
    phase_ = phase::none;
    return !is_void_;
  }
  phase_ = phase::failed;
  retry_at_ = retry_at;
  return true;
}

void in_flight::abandon() {
  phase_ = phase::none;
}

std::optional<caf::timespan> in_flight::retry_at() const noexcept {
  if (phase_ != phase::failed)
    return std::nullopt;
  return retry_at_;
}

// -- committing
// --------------------------------------------------------------------

commit_point in_flight::uncommitted(int64_t member_epoch) const noexcept {
  if (phase_ == phase::announced)
    return {record_.offset + 1, record_epoch_, out_epoch_};
  // A gap is never committed from null: 'null' says that nothing was read.
  if (committed_next_ < 0 && first_finished_ < 0)
    return {};
  if (passed_.next <= committed_next_)
    return {};
  auto result = passed_;
  if (result.handed_epoch == no_epoch)
    result.handed_epoch = member_epoch;
  return result;
}

commit_need in_flight::need() const noexcept {
  return {finished_unasked_, phase_ == phase::none && batches_.empty(),
          is_draining_, is_repeat_, phase_ == phase::announced};
}

void in_flight::ask(int64_t next) noexcept {
  asked_next_ = next;
  finished_unasked_ = 0;
  is_repeat_ = false;
}

void in_flight::accept() noexcept {
  committed_next_ = std::max(committed_next_, asked_next_);
  if (phase_ == phase::announced && asked_next_ > record_.offset)
    phase_ = phase::cleared;
  asked_next_ = -1;
}

void in_flight::repeat() noexcept {
  is_repeat_ = is_repeat_ || is_asking();
  asked_next_ = -1;
}

// -- giving up
// -----------------------------------------------------------------------

void in_flight::drain() {
  is_draining_ = true;
  if (phase_ == phase::waiting || phase_ == phase::failed)
    phase_ = phase::none;
  clear_buffer();
}

bool in_flight::is_drained() const noexcept {
  return is_draining_ && phase_ == phase::none && !is_asking()
         && uncommitted(0).next < 0;
}

} // namespace troupe
