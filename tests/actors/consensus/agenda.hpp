#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace troupe::testing {

/// What is to happen, in the order of its time.
class agenda {
public:
  using time = std::chrono::milliseconds;

  time now() const noexcept {
    return now_;
  }

  void after(time wait, std::function<void()> what) {
    entries_.emplace(std::pair{now_ + wait, ++added_}, std::move(what));
  }

  /// Lets happen what comes next, unless it is after `until`.
  bool happen(time until) {
    if (entries_.empty() || entries_.begin()->first.first > until)
      return false;
    auto next = entries_.extract(entries_.begin());
    now_ = next.key().first;
    next.mapped()();
    return true;
  }

private:
  time now_{0};
  uint64_t added_ = 0;
  std::map<std::pair<time, uint64_t>, std::function<void()>> entries_;
};

} // namespace troupe::testing
