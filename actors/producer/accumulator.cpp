#include "actors/producer/accumulator.hpp"

#include <algorithm>
#include <utility>

#include "actors/protocol/sequence.hpp"

namespace troupe {

accumulator::accumulator(uint64_t batch_bytes, caf::timespan linger,
                         const compression& how)
  : batch_bytes_(batch_bytes), linger_(linger), compression_(how) {
  // nop
}

void accumulator::push(queued_record x) {
  queue_bytes_ += x.bytes;
  queue_.push_back(std::move(x));
  encode_ahead();
}

void accumulator::encode_ahead() {
  encode(batch_bytes_ * backlog_factor);
}

void accumulator::encode(uint64_t bytes_max) {
  for (auto i = static_cast<size_t>(ahead_.records.count()); i < queue_.size();
       ++i) {
    auto& next = queue_[i];
    if (!ahead_.has_room(next.bytes, bytes_max))
      return;
    ahead_.bytes += next.bytes;
    ahead_.tickets.push_back(next.from);
    ahead_.records.add(next.content);
  }
}

std::optional<caf::timespan> accumulator::leaves_at(bool hurry) const {
  if (outgoing_ || queue_.empty())
    return std::nullopt;
  if (hurry || queue_bytes_ >= batch_bytes_)
    return caf::timespan{0};
  return queue_.front().posted + linger_;
}

std::optional<caf::timespan> accumulator::oldest() const {
  if (outgoing_)
    return outgoing_->posted;
  if (!queue_.empty())
    return queue_.front().posted;
  return std::nullopt;
}

void accumulator::identify(const producer_identity& x) {
  stamp_ = {x.producer_id, x.producer_epoch, 0};
  if (!outgoing_)
    return;
  auto& header = outgoing_->batch.header;
  header.producer_id = stamp_.producer_id;
  header.producer_epoch = stamp_.producer_epoch;
  header.base_sequence = stamp_.base_sequence;
  header.crc = checksum_of(outgoing_->batch);
}

outgoing_batch& accumulator::form(uint64_t bytes_max) {
  if (!ahead_.has_room(0, bytes_max))
    ahead_ = {};
  if (ahead_.records.count() == 0)
    encode(std::min(bytes_max, batch_bytes_ * backlog_factor));
  outgoing_batch result;
  result.posted = queue_.front().posted;
  queue_.erase(queue_.begin(), queue_.begin() + ahead_.records.count());
  result.batch = ahead_.records.finish(stamp_);
  result.tickets = std::exchange(ahead_.tickets, {});
  result.bytes = std::exchange(ahead_.bytes, 0);
  queue_bytes_ -= result.bytes;
  if (compression_.codec != codec::none)
    result.batch = compress_batch(std::move(result.batch), compression_);
  return outgoing_.emplace(std::move(result));
}

outgoing_batch accumulator::acknowledge() {
  auto count = outgoing_->batch.header.record_count;
  if (stamp_.producer_id >= 0)
    stamp_.base_sequence = sequence_after(stamp_.base_sequence, count);
  return give_up();
}

outgoing_batch accumulator::give_up() {
  return std::move(*std::exchange(outgoing_, std::nullopt));
}

caf::error accumulator::take_back() {
  auto records = read_records(outgoing_->batch);
  if (!records)
    return std::move(records.error());
  auto out = give_up();
  ahead_ = {};
  for (auto i = records->size(); i-- > 0;) {
    auto& content = (*records)[i].content;
    auto bytes = encoded_bytes_max(content);
    queue_bytes_ += bytes;
    queue_.push_front({std::move(content), bytes, out.posted, out.tickets[i]});
  }
  return caf::none;
}

std::vector<queued_record> accumulator::take_posted_before(caf::timespan time) {
  std::vector<queued_record> result;
  while (!queue_.empty() && queue_.front().posted <= time) {
    ahead_ = {};
    queue_bytes_ -= queue_.front().bytes;
    result.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return result;
}

} // namespace troupe
