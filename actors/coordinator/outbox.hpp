#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "actors/protocol/group_messages.hpp"

namespace troupe {

/// Holds effects back until the records before them are durable, and lets them
/// go in order. What belongs together is written together; while several writes
/// are under way, what comes is gathered for the next one.
template <class Effect>
class outbox {
public:
  /// Writes under way at once.
  static constexpr size_t writes_max = 8;

  /// A write takes no more steps once it has this many bytes.
  static constexpr size_t write_bytes = 128 * 1024;

  /// A write to be made; `done` must be told its number.
  struct write {
    uint64_t number = 0;
    std::vector<keyed_record> records;
  };

  /// Adds a step: records, none perhaps, and the effects that wait for them.
  void add(std::vector<keyed_record> records, std::vector<Effect> effects) {
    if (!records.empty())
      waiting_.push_back({std::move(records), {}});
    auto& last = !waiting_.empty()     ? waiting_.back().effects
                 : !under_way_.empty() ? under_way_.back().effects
                                       : ready_;
    for (auto& effect : effects)
      last.push_back(std::move(effect));
  }

  /// The next write, if one may start now.
  std::optional<write> next() {
    if (waiting_.empty() || under_way_.size() == writes_max || is_stalled())
      return std::nullopt;
    write result{++last_number_, {}};
    under_way_.push_back({result.number, state::under_way, {}, {}});
    size_t size = 0;
    while (!waiting_.empty() && size < write_bytes) {
      auto& first = waiting_.front();
      for (auto& x : first.records) {
        size += x.key.size() + x.value.size();
        result.records.push_back(std::move(x));
      }
      for (auto& x : first.effects)
        under_way_.back().effects.push_back(std::move(x));
      waiting_.pop_front();
    }
    under_way_.back().records = result.records;
    return result;
  }

  /// A write is durable.
  void done(uint64_t number) {
    set(number, state::done);
    while (!under_way_.empty() && under_way_.front().is == state::done) {
      for (auto& x : under_way_.front().effects)
        ready_.push_back(std::move(x));
      under_way_.pop_front();
    }
  }

  /// Nothing of a write was written, for want of room; nor will be of those
  /// after it (see the offset store). No write starts until `take_back`.
  void refused(uint64_t number) {
    set(number, state::refused);
  }

  /// A write was refused.
  bool is_stalled() const noexcept {
    return std::any_of(under_way_.begin(), under_way_.end(),
                       [](const auto& x) { return x.is == state::refused; });
  }

  /// Whether writes were refused, and all are answered: `take_back` may be
  /// called.
  bool can_take_back() const noexcept {
    return is_stalled()
           && std::none_of(
             under_way_.begin(), under_way_.end(),
             [](const auto& x) { return x.is == state::under_way; });
  }

  /// Puts what was refused before all else that waits, as it was.
  void take_back() {
    for (; !under_way_.empty(); under_way_.pop_back()) {
      auto& x = under_way_.back();
      waiting_.push_front({std::move(x.records), std::move(x.effects)});
    }
  }

  /// The effects that may leave now, in order.
  std::vector<Effect> take_ready() {
    return std::exchange(ready_, {});
  }

  /// All effects, of writes that will never be done, too.
  std::vector<Effect> take_all() {
    auto result = take_ready();
    auto append = [&result](auto& steps) {
      for (auto& held : steps)
        for (auto& x : held.effects)
          result.push_back(std::move(x));
      steps.clear();
    };
    append(under_way_);
    append(waiting_);
    return result;
  }

  /// Steps that no write has taken yet.
  size_t waiting() const noexcept {
    return waiting_.size();
  }

private:
  struct step {
    std::vector<keyed_record> records;
    std::vector<Effect> effects;
  };

  enum class state { under_way, done, refused };

  struct flight {
    uint64_t number = 0;
    state is = state::under_way;
    std::vector<keyed_record> records;
    std::vector<Effect> effects;
  };

  void set(uint64_t number, state is) {
    for (auto& x : under_way_)
      if (x.number == number)
        x.is = is;
  }

  std::deque<step> waiting_;
  std::deque<flight> under_way_;
  std::vector<Effect> ready_;
  uint64_t last_number_ = 0;
};

} // namespace troupe
