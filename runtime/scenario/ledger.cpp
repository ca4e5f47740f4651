#include "runtime/scenario/ledger.hpp"

#include <algorithm>
#include <utility>

namespace troupe::scenario {

size_t ledger::begin(int64_t time_ms, const std::string& group,
                     const std::string& consumer, const delivery& what) {
  std::lock_guard guard{mutex_};
  entries_.push_back({.time_ms = time_ms,
                      .group = group,
                      .consumer = consumer,
                      .topic = what.topic,
                      .partition = what.id.partition,
                      .offset = what.offset,
                      .key = what.content.key.str(),
                      .value = what.content.value.str(),
                      .attempt = what.attempt});
  if (listener_)
    listener_(entries_.back());
  return entries_.size() - 1;
}

void ledger::end(size_t number, int64_t time_ms, bool is_finished) {
  std::lock_guard guard{mutex_};
  entries_[number].is_finished = is_finished;
  entries_[number].ended_ms = time_ms;
}

std::vector<ledger_entry> ledger::since(size_t from) const {
  std::lock_guard guard{mutex_};
  if (from >= entries_.size())
    return {};
  return {entries_.begin() + static_cast<ptrdiff_t>(from), entries_.end()};
}

size_t ledger::size() const {
  std::lock_guard guard{mutex_};
  return entries_.size();
}

bool ledger::is_busy(const std::string& consumer, size_t from) const {
  std::lock_guard guard{mutex_};
  auto first =
    entries_.begin() + static_cast<ptrdiff_t>(std::min(from, entries_.size()));
  return std::any_of(first, entries_.end(), [&](const auto& x) {
    return x.consumer == consumer && x.ended_ms < 0;
  });
}

int64_t ledger::finished(const std::string& group,
                         const std::string& consumer) const {
  std::lock_guard guard{mutex_};
  return std::count_if(entries_.begin(), entries_.end(), [&](const auto& x) {
    return x.group == group && x.is_finished
           && (consumer.empty() || x.consumer == consumer);
  });
}

void ledger::on_entry(std::function<void(const ledger_entry&)> listener) {
  std::lock_guard guard{mutex_};
  listener_ = std::move(listener);
}

} // namespace troupe::scenario
