#pragma once

#include <cstdint>
#include <string>

#include "tests/actors/coordinator/explore/state.hpp"

namespace troupe::explore {

/// What may happen only so many times in a run.
enum class event : u8 {
  join,
  leave,
  /// A member dies, or its process does.
  crash,
  /// The coordinator dies, and is loaded again.
  reload,
  /// A living member's session or rebalance timer ends.
  fence,
  /// A member's drain timer ends while its handler works.
  drain,
  /// A message to the coordinator is sent a second time.
  repeat,
  /// A connection breaks, with all that is on its way.
  loss,
  /// A heartbeat while others are on their way.
  beat,
};

/// How many of each are left: 0 to 7, four bits each.
class budget {
public:
  bool has(event x) const {
    return (left_ >> shift(x) & 7) != 0;
  }

  /// One less.
  budget without(event x) const {
    auto result = *this;
    result.left_ -= uint64_t{1} << shift(x);
    return result;
  }

  budget& set(event x, unsigned count) {
    left_ &= ~(uint64_t{15} << shift(x));
    left_ |= uint64_t{count & 7} << shift(x);
    return *this;
  }

  /// Whoever has this can do all that `x` can.
  bool covers(const budget& x) const {
    return (((left_ | guards) - x.left_) & guards) == guards;
  }

  friend bool operator==(const budget&, const budget&) = default;

private:
  static constexpr uint64_t guards = 0x8888'8888'8888'8888;

  static unsigned shift(event x) {
    return 4 * static_cast<unsigned>(x);
  }

  uint64_t left_ = 0;
};

/// What is explored: how much of everything.
struct bounds {
  unsigned members = 2;
  unsigned partitions = 2;
  /// How many of them the topic has at first.
  unsigned partitions_at_first = 2;
  /// Members below this number of slots are static.
  unsigned static_members = 0;
  /// False: members hold partitions, but hand out and commit nothing.
  bool has_work = true;
  /// Per partition.
  unsigned records = 2;
  /// The group starts with what is posted from its first join on; else all
  /// records are there from the beginning and it starts with the first one.
  bool starts_latest = false;
  /// Any partition may be meant for any member; else `uniform` decides.
  bool any_target = true;
  budget events;
};

/// Changes bounds by words as "members=3 joins=4"; throws
/// `std::invalid_argument` for what it does not know.
void change(bounds& to, const std::string& text);

} // namespace troupe::explore
