#include "actors/consensus/entry_log.hpp"

#include <algorithm>
#include <iterator>

#include "actors/consensus/require.hpp"

namespace troupe::consensus {

entry_log::entry_log(uint64_t first, std::vector<entry> entries)
  : first_(first), entries_(std::make_move_iterator(entries.begin()),
                            std::make_move_iterator(entries.end())) {
  // nop
}

uint64_t entry_log::term_at(uint64_t index) const noexcept {
  auto x = at(index);
  return x ? x->term : 0;
}

const entry* entry_log::at(uint64_t index) const noexcept {
  if (index < first_ || index > last())
    return nullptr;
  return &entries_[index - first_];
}

void entry_log::append(uint64_t from, const std::vector<entry>& added) {
  require(from >= first_ && from <= last() + 1,
          "an entry would leave a gap in the log");
  entries_.resize(from - first_);
  entries_.insert(entries_.end(), added.begin(), added.end());
}

void entry_log::drop_below(uint64_t index) {
  if (index <= first_)
    return;
  auto count = std::min<uint64_t>(index - first_, entries_.size());
  entries_.erase(entries_.begin(),
                 entries_.begin() + static_cast<ptrdiff_t>(count));
  first_ = index;
}

} // namespace troupe::consensus
