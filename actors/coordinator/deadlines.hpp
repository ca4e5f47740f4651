#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <caf/timespan.hpp>

namespace troupe {

/// What is due when, one time per key. Setting and finding the earliest take
/// logarithmic time, so that one timer can stand for all members of a group.
template <class Key>
class deadlines {
public:
  void set(const Key& key, caf::timespan due) {
    erase(key);
    due_.emplace(key, due);
    order_.emplace(due, key);
  }

  void erase(const Key& key) {
    auto i = due_.find(key);
    if (i == due_.end())
      return;
    order_.erase({i->second, key});
    due_.erase(i);
  }

  bool contains(const Key& key) const {
    return due_.count(key) > 0;
  }

  /// The earliest time.
  std::optional<caf::timespan> next() const {
    if (order_.empty())
      return std::nullopt;
    return order_.begin()->first;
  }

  /// Takes out what is due at `now`, earliest first.
  std::vector<Key> take(caf::timespan now) {
    std::vector<Key> result;
    while (!order_.empty() && order_.begin()->first <= now) {
      result.push_back(order_.begin()->second);
      erase(result.back());
    }
    return result;
  }

private:
  std::map<Key, caf::timespan> due_;
  std::set<std::pair<caf::timespan, Key>> order_;
};

} // namespace troupe
