#include "actors/partition/partition.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace troupe {

namespace {

constexpr int16_t transactional_bit = 0x10;
constexpr int16_t control_bit = 0x20;

/// One that the disk works on and one behind it, so that the disk never waits
/// for a message.
constexpr uint32_t syncs_open_max = 2;

} // namespace

caf::result<append_result> partition_state::append(append_request& x) {
  if (auto refused = refusal())
    return refused;
  // One that is deposed may lack what the sequence of a producer stands on.
  if (auto refused = is_deposed(x.leader_epoch))
    return refused;
  if (auto bad = check(x.batch))
    return bad;
  if (x.acks == acks::all && replicas_ && !replicas_->has_enough())
    return make_error(
      ec::not_enough_replicas,
      fmt::format("{}: {} of {} replicas are in sync, fewer than "
                  "min_insync_replicas",
                  config.name, placement_.in_sync.size(),
                  placement_.replicas.size()));
  auto known = producers.check(x.batch.header);
  if (!known)
    return std::move(known.error());
  // Refused before anything is written: nobody has to guess.
  if (x.acks == acks::all
      && appends_.size() >= config.limits.waiting_appends_max)
    return make_error(ec::queue_full,
                      fmt::format("{}: {} appends wait for the disk",
                                  config.name, appends_.size()));
  if (*known) {
    auto& first = **known;
    append_result answer{first.base_offset, log->leader_epoch(), true};
    return answer_append(answer, x.acks, first.last_offset + 1);
  }
  // Behind the look for repetitions: one that was taken under a larger limit is
  // there, whatever the limit is now.
  if (auto large = check_size(x.batch))
    return large;
  auto answer = write(x.batch);
  if (!answer)
    return std::move(answer.error());
  auto result = answer_append(*answer, x.acks, log->end());
  advance();
  return result;
}

caf::error partition_state::refusal() const {
  if (is_closed_)
    return make_error(ec::shutting_down, config.name + " is stopping");
  if (has_failed_)
    return make_error(ec::not_available, config.name + " is opened again");
  return not_leading();
}

caf::error partition_state::check_size(const record_batch& batch) const {
  if (batch.encoded_bytes() <= config.topic.record_bytes_max)
    return caf::none;
  return make_error(
    ec::record_too_large,
    fmt::format("{}: a batch of {} bytes; the topic's record_bytes_max is {}",
                config.name, batch.encoded_bytes(),
                config.topic.record_bytes_max));
}

caf::error partition_state::check(const record_batch& batch) const {
  if ((batch.header.attributes & (transactional_bit | control_bit)) != 0)
    return make_error(ec::invalid_argument,
                      config.name + ": transactions are not supported");
  return check_batch(batch, config.limits.decompressed_bytes_max);
}

caf::error partition_state::take_room(uint64_t bytes) {
  if (!config.room)
    return caf::none;
  if (config.is_internal)
    config.room->grow(static_cast<int64_t>(bytes));
  else if (auto full = config.room->take(bytes))
    return full;
  reported_bytes_ += bytes;
  return caf::none;
}

caf::expected<append_result> partition_state::write(record_batch& batch) {
  if (auto full = take_room(batch.encoded_bytes()))
    return full;
  auto offset = log->append(batch, now_ms(self, config.epoch));
  if (!offset) {
    report_size();
    // The log cannot be trusted to take more; a full disk left it as it was.
    if (code_of(offset.error()) == ec::storage_failed || log->has_failed())
      fail(offset.error());
    return std::move(offset.error());
  }
  producers.add(batch.header);
  tail.add(batch);
  bytes_appended_ += batch.encoded_bytes();
  bytes_posted_ += batch.encoded_bytes();
  records_posted_ += static_cast<uint64_t>(batch.header.record_count);
  bytes_since_snapshot_ += batch.encoded_bytes();
  above_.emplace_back(log->end(), bytes_appended_);
  if (bytes_since_snapshot_ >= config.topic.segment_bytes)
    write_snapshot();
  return append_result{*offset, batch.header.leader_epoch, false};
}

caf::result<append_result> partition_state::answer_append(append_result answer,
                                                          enum acks acks,
                                                          int64_t up_to) {
  if (acks != acks::all || up_to <= durable_end())
    return answer;
  auto promise = self->make_response_promise<append_result>();
  appends_.push_back({promise, answer, up_to});
  sync_wanted_ = std::max(sync_wanted_, up_to);
  start_sync();
  return promise;
}

void partition_state::start_sync() {
  if (is_closed_ || has_failed_ || syncs_open_ == syncs_open_max
      || sync_wanted_ <= log->synced_end())
    return;
  auto job = log->to_sync();
  ++syncs_open_;
  self
    ->request(config.flusher, caf::infinite, sync_atom_v,
              sync_job{std::move(job.files), std::move(job.written)})
    .then(
      [this, cuts = cuts_](int64_t up_to) {
        --syncs_open_;
        ++syncs_;
        if (cuts == cuts_)
          log->synced(up_to);
        advance();
        // One that is open began just now, and has what came before.
        if (syncs_open_ == 0)
          start_sync();
      },
      [this](caf::error& x) {
        --syncs_open_;
        log->sync_failed();
        fail(x);
      });
}

void partition_state::on_flusher_down(const caf::error& reason) {
  if (std::exchange(syncs_open_, 0) == 0)
    return;
  log->sync_failed();
  fail(make_error(ec::storage_failed, "the flusher ended: " + what(reason)));
}

int64_t partition_state::durable_end() const {
  return replicas_ ? replicas_->high_watermark() : log->synced_end();
}

void partition_state::on_synced(int64_t up_to) {
  // A repetition may stand behind later batches, so all are looked at.
  std::erase_if(appends_, [this, up_to](waiting_append& x) {
    if (x.up_to > up_to)
      return false;
    if (replicas_ && !replicas_->has_enough())
      x.promise.deliver(make_error(
        ec::timed_out,
        config.name
          + ": too few replicas are in sync to keep the record, which "
            "was written"));
    else
      x.promise.deliver(x.answer);
    return true;
  });
}

void partition_state::fail(const caf::error& x) {
  if (std::exchange(has_failed_, true))
    return;
  fail_appends(make_error(
    ec::storage_failed,
    fmt::format("{}: not known to be durable: {}", config.name, what(x))));
  // What the disk has is known again once the log is recovered: by the next
  // one, which its owner starts.
  self->quit(make_error(ec::storage_failed,
                        fmt::format("{}: {}", config.name, what(x))));
}

void partition_state::fail_appends(const caf::error& x) {
  // Who is told may append again at once.
  auto waiting = std::exchange(appends_, {});
  for (auto& append : waiting)
    append.promise.deliver(x);
}

} // namespace troupe
