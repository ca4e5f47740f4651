#include "actors/storage/leader_epochs.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace troupe::storage {

leader_epochs::leader_epochs(std::vector<epoch_start> entries)
  : entries_(std::move(entries)) {
  if (entries_.empty())
    entries_.push_back({});
}

std::optional<int32_t> leader_epochs::at(int64_t offset) const noexcept {
  auto next =
    std::find_if(entries_.begin(), entries_.end(),
                 [&](const auto& x) { return x.start_offset > offset; });
  if (next == entries_.begin())
    return std::nullopt;
  return std::prev(next)->epoch;
}

bool leader_epochs::begin(int32_t epoch, int64_t offset) {
  if (epoch <= current())
    return false;
  while (!entries_.empty() && entries_.back().start_offset >= offset)
    entries_.pop_back();
  entries_.push_back({epoch, offset});
  return true;
}

epoch_start leader_epochs::end_of(int32_t epoch,
                                  int64_t log_end) const noexcept {
  auto next = std::find_if(entries_.begin(), entries_.end(),
                           [&](const auto& x) { return x.epoch > epoch; });
  if (next == entries_.begin())
    return {epoch, next->start_offset};
  return {std::prev(next)->epoch,
          next == entries_.end() ? log_end : next->start_offset};
}

void leader_epochs::cut(int64_t end) {
  auto last = current();
  std::erase_if(entries_, [&](const auto& x) { return x.start_offset >= end; });
  if (entries_.empty() || entries_.back().epoch != last)
    entries_.push_back({last, end});
}

bool leader_epochs::forget_empty(int64_t end) {
  auto before = entries_.size();
  while (entries_.size() > 1 && entries_.back().start_offset >= end)
    entries_.pop_back();
  if (entries_.size() == 1 && entries_.back().epoch != 0
      && entries_.back().start_offset >= end) {
    // A log without records: as a new one. Nothing is known of those that were
    // deleted, whose segment may be there still.
    entries_.back() = {0, end};
    return true;
  }
  return entries_.size() != before;
}

void leader_epochs::forget_before(int64_t start) {
  while (entries_.size() > 1 && entries_[1].start_offset <= start)
    entries_.erase(entries_.begin());
}

} // namespace troupe::storage
