#include "actors/partition/tail_cache.hpp"

#include <algorithm>

namespace troupe {

tail_cache::tail_cache(uint64_t bytes_max) : bytes_max_(bytes_max) {
  // nop
}

void tail_cache::add(const record_batch& x) {
  if (bytes_max_ == 0)
    return;
  batches_.push_back(x);
  bytes_ += x.encoded_bytes();
  while (bytes_ > bytes_max_ && batches_.size() > 1) {
    bytes_ -= batches_.front().encoded_bytes();
    batches_.pop_front();
  }
}

std::optional<std::vector<record_batch>> tail_cache::read(
  int64_t offset, uint64_t bytes_max) const {
  if (batches_.empty() || offset < batches_.front().header.base_offset)
    return std::nullopt;
  auto ends_before = [](const record_batch& x, int64_t wanted) {
    return x.header.last_offset() < wanted;
  };
  auto first =
    std::lower_bound(batches_.begin(), batches_.end(), offset, ends_before);
  auto last = first;
  for (uint64_t bytes = 0; last != batches_.end(); ++last) {
    bytes += last->encoded_bytes();
    if (bytes > bytes_max && last != first)
      break;
  }
  return std::vector<record_batch>(first, last);
}

void tail_cache::clear() {
  batches_.clear();
  bytes_ = 0;
}

} // namespace troupe
