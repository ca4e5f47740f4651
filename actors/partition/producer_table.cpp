#include "actors/partition/producer_table.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "actors/protocol/sequence.hpp"

namespace troupe {

namespace {

int32_t last_sequence(const batch_header& x) noexcept {
  return sequence_after(x.base_sequence, x.last_offset_delta);
}

caf::error out_of_order(const batch_header& x, const std::string& expected) {
  return make_error(ec::out_of_order_sequence,
                    fmt::format("producer {} sent sequence {}; expected {}",
                                x.producer_id, x.base_sequence, expected));
}

} // namespace

producer_table::producer_table(uint32_t producers_max)
  : producers_max_(std::max(producers_max, 1u)) {
  // nop
}

producer_table::producer_table(uint32_t producers_max,
                               const std::vector<known_producer>& all)
  : producer_table(producers_max) {
  for (auto& x : all) {
    auto& known = touch(x.id);
    known.epoch = x.epoch;
    known.batches = x.batches;
  }
}

std::vector<known_producer> producer_table::all() const {
  std::vector<known_producer> result;
  for (auto id : by_silence_) {
    auto& known = producers_.at(id);
    result.push_back({id, known.epoch, known.batches});
  }
  return result;
}

caf::expected<std::optional<known_batch>> producer_table::check(
  const batch_header& x) const {
  using verdict = std::optional<known_batch>;
  if (x.producer_id < 0)
    return verdict{};
  if (x.producer_epoch < 0 || x.base_sequence < 0)
    return make_error(
      ec::invalid_argument,
      fmt::format("producer {} sent epoch {} and sequence {}; both must be 0 "
                  "or more",
                  x.producer_id, x.producer_epoch, x.base_sequence));
  auto i = producers_.find(x.producer_id);
  if (i == producers_.end())
    return verdict{};
  auto& known = i->second;
  if (x.producer_epoch < known.epoch)
    return make_error(ec::producer_fenced,
                      fmt::format("producer {} has epoch {}; epoch {} has "
                                  "passed",
                                  x.producer_id, known.epoch,
                                  x.producer_epoch));
  if (x.producer_epoch > known.epoch) {
    if (x.base_sequence != 0)
      return out_of_order(
        x, fmt::format("0, the first of epoch {}", x.producer_epoch));
    return verdict{};
  }
  for (auto& batch : known.batches)
    if (batch.base_sequence == x.base_sequence
        && batch.last_sequence == last_sequence(x))
      return verdict{batch};
  auto next = sequence_after(known.batches.back().last_sequence, 1);
  if (x.base_sequence != next)
    return out_of_order(x, std::to_string(next));
  return verdict{};
}

void producer_table::add(const batch_header& x) {
  if (x.producer_id < 0)
    return;
  auto& known = touch(x.producer_id);
  if (x.producer_epoch != known.epoch) {
    known.epoch = x.producer_epoch;
    known.batches.clear();
  }
  if (known.batches.size() == batches_kept)
    known.batches.pop_front();
  known.batches.push_back(
    {x.base_sequence, last_sequence(x), x.base_offset, x.last_offset()});
}

producer_table::producer& producer_table::touch(int64_t id) {
  auto i = producers_.find(id);
  if (i != producers_.end()) {
    by_silence_.splice(by_silence_.end(), by_silence_, i->second.place);
    return i->second;
  }
  if (producers_.size() == producers_max_) {
    producers_.erase(by_silence_.front());
    by_silence_.pop_front();
  }
  auto& result = producers_[id];
  result.place = by_silence_.insert(by_silence_.end(), id);
  return result;
}

} // namespace troupe
