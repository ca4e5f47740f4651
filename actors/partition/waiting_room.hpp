#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <caf/timespan.hpp>

namespace troupe {

/// Readers that wait until the log has grown enough or their time is up. Both
/// are found without looking at the others, however many wait. Times are those
/// of the actor's clock, as `time_since_epoch`.
template <class T>
class waiting_room {
public:
  /// Lets `who` wait until `bytes_wanted` have been appended in all, or until
  /// `deadline`.
  void add(T who, uint64_t bytes_wanted, caf::timespan deadline) {
    auto id = next_id_++;
    by_bytes_.emplace(bytes_wanted, id);
    by_deadline_.emplace(deadline, id);
    guests_.emplace(id, guest{std::move(who), bytes_wanted, deadline});
  }

  /// Those who have what they want now that `bytes_appended` is the sum.
  std::vector<T> take_reached(uint64_t bytes_appended) {
    std::vector<T> result;
    while (!by_bytes_.empty() && by_bytes_.begin()->first <= bytes_appended)
      result.push_back(take(by_bytes_.begin()->second));
    return result;
  }

  /// Those whose time is up.
  std::vector<T> take_expired(caf::timespan now) {
    std::vector<T> result;
    while (!by_deadline_.empty() && by_deadline_.begin()->first <= now)
      result.push_back(take(by_deadline_.begin()->second));
    return result;
  }

  /// Everybody, in the order of arrival.
  std::vector<T> take_all() {
    std::vector<T> result;
    while (!guests_.empty())
      result.push_back(take(guests_.begin()->first));
    return result;
  }

  /// The earliest deadline.
  std::optional<caf::timespan> next_deadline() const {
    if (by_deadline_.empty())
      return std::nullopt;
    return by_deadline_.begin()->first;
  }

  size_t size() const noexcept {
    return guests_.size();
  }

private:
  struct guest {
    T who;
    uint64_t bytes_wanted;
    caf::timespan deadline;
  };

  T take(uint64_t id) {
    auto i = guests_.find(id);
    auto result = std::move(i->second.who);
    by_bytes_.erase({i->second.bytes_wanted, id});
    by_deadline_.erase({i->second.deadline, id});
    guests_.erase(i);
    return result;
  }

  uint64_t next_id_ = 0;
  std::map<uint64_t, guest> guests_;
  std::set<std::pair<uint64_t, uint64_t>> by_bytes_;
  std::set<std::pair<caf::timespan, uint64_t>> by_deadline_;
};

} // namespace troupe
