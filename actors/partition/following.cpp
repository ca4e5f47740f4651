// A replica that follows: asks its leader for what it lacks and writes that as
// it is.
//
// What it reports as durable is on its disk, whatever happens; what it reports
// as written may be gone after a power cut, and nobody relies on it: what was
// acknowledged with `acks=all`, or seen by a consumer, is durable at all in
// sync, whichever of them were started again and lead.

#include <algorithm>
#include <utility>

#include "actors/partition/partition.hpp"
#include "actors/protocol/retry.hpp"

namespace troupe {

namespace {

uint64_t bytes_of(const std::vector<record_batch>& batches) {
  uint64_t result = 0;
  for (const auto& x : batches)
    result += x.encoded_bytes();
  return result;
}

constexpr milliseconds first_pause = 20ms;
constexpr milliseconds last_pause = 1s;

/// How long the node may take to find the leader, and the leader beyond what it
/// may wait.
constexpr caf::timespan answer_timeout = std::chrono::seconds{5};

} // namespace

void partition_state::follow() {
  if (part_ != replica_part::follows || placement_.leader == 0
      || placement_.leader == config.node_id || is_closed_ || has_failed_
      || is_following_)
    return;
  if (is_being_filled() && now() < fetch_after_) {
    if (timer_.set(fetch_after_))
      self->scheduled_send(partition_actor{self},
                           caf::actor_clock::time_point{fetch_after_},
                           tick_atom_v);
    return;
  }
  is_following_ = true;
  if (leader_)
    return fetch_more();
  self->request(config.node, answer_timeout, locate_atom_v, config.id)
    .then(
      [this, round = round_](const partition_actor& x) {
        if (round != round_)
          return;
        leader_ = x;
        fetch_more();
      },
      [this, round = round_](const caf::error& why) {
        if (round == round_)
          follow_later(why);
      });
}

bool partition_state::is_being_filled() const {
  auto is_among = [this](const std::vector<uint32_t>& xs) {
    return std::find(xs.begin(), xs.end(), config.node_id) != xs.end();
  };
  // An old one that stays, and falls behind meanwhile, passes for a new one.
  return is_among(placement_.moving_to) && !is_among(placement_.in_sync);
}

void partition_state::fetch_more() {
  replica_fetch x;
  x.node = config.node_id;
  x.directory_id = config.directory_id;
  x.leader_epoch = placement_.leader_epoch;
  x.offset = log->end();
  x.last_epoch = log->last_epoch();
  x.synced_end = log->synced_end();
  x.bytes_max = config.cluster.replica_fetch_bytes_max;
  x.wait_max = config.cluster.replica_wait_max;
  self
    ->request(leader_, caf::timespan{x.wait_max + answer_timeout},
              replicate_atom_v, x)
    .then(
      [this, round = round_](replica_records& found) {
        if (round == round_ && !is_closed_ && !has_failed_)
          take(found);
      },
      [this, round = round_](const caf::error& why) {
        if (round == round_)
          follow_later(why);
      });
}

void partition_state::follow_later(const caf::error&) {
  leader_ = nullptr;
  auto pause = backoff_after(++follow_failures_, first_pause, last_pause);
  auto due = now() + caf::timespan{pause};
  is_following_ = false;
  if (is_closed_ || has_failed_)
    return;
  self->scheduled_send(partition_actor{self}, caf::actor_clock::time_point{due},
                       tick_atom_v);
}

void partition_state::take(replica_records& x) {
  caf::error failed;
  switch (x.status) {
    case fetch_status::below_start:
      failed = begin_anew(x.log_start);
      break;
    case fetch_status::diverged:
    case fetch_status::above_end:
      // All that is left here was written by leaders that nobody follows.
      failed = x.diverging_end < log->start() ? begin_anew(x.log_start)
                                              : cut(x.diverging_end);
      break;
    case fetch_status::ok:
      failed = append(x.batches);
      if (config.fill && is_being_filled())
        fetch_after_ = config.fill->took(now(), bytes_of(x.batches));
      if (!failed && x.log_start > log->start())
        failed = log->delete_before(std::min(x.log_start, log->end()));
      known_watermark_ =
        std::max(known_watermark_, std::min(x.high_watermark, log->end()));
      break;
  }
  if (failed) {
    // A full disk, say: it has room again one day.
    if (log->has_failed() || code_of(failed) == ec::storage_failed
        || code_of(failed) == ec::corrupt_batch)
      return fail(failed);
    return follow_later(failed);
  }
  report_size();
  follow_failures_ = 0;
  is_following_ = false;
  sync_wanted_ = std::max(sync_wanted_, std::min(x.sync_wanted, log->end()));
  if (sync_wanted_ > log->synced_end()) {
    // The leader is told once it is done.
    waits_for_sync_ = true;
    start_sync();
    return;
  }
  follow();
}

caf::error partition_state::append(const std::vector<record_batch>& batches) {
  for (const auto& batch : batches) {
    if (auto bad = check_kept_batch(batch))
      return bad;
    if (auto failed = log->append_replica(batch, now_ms(self, config.epoch)))
      return failed;
    producers.add(batch.header);
    tail.add(batch);
    bytes_appended_ += batch.encoded_bytes();
    bytes_since_snapshot_ += batch.encoded_bytes();
    above_.emplace_back(log->end(), bytes_appended_);
    if (config.counters)
      config.counters->add(config.counters->bytes_in, batch.encoded_bytes());
  }
  if (bytes_since_snapshot_ >= config.topic.segment_bytes)
    write_snapshot();
  return caf::none;
}

caf::error partition_state::cut(int64_t diverging_end) {
  auto end = diverging_end;
  // The leader does not know this log's last epoch at all.
  if (end >= log->end())
    end = log->epochs().back().start_offset;
  if (auto failed = log->truncate(std::max(end, log->start())))
    return failed;
  if (auto failed = log->forget_empty_epochs())
    return failed;
  return forget_tail();
}

caf::error partition_state::begin_anew(int64_t offset) {
  if (auto failed = log->restart(offset, now_ms(self, config.epoch)))
    return failed;
  return forget_tail();
}

caf::error partition_state::forget_tail() {
  ++cuts_;
  tail.clear();
  above_.clear();
  bytes_visible_ = bytes_appended_;
  known_watermark_ = std::min(known_watermark_, log->end());
  sync_wanted_ = std::min(sync_wanted_, log->end());
  return recall_producers();
}

} // namespace troupe
