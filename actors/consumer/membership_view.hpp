#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "actors/protocol/group_messages.hpp"

namespace troupe {

/// What a push of the coordinator changes for a member.
struct holding_change {
  /// To begin with.
  std::vector<assigned_partition> added;
  /// To be drained, then released.
  std::vector<topic_partition> draining;
  /// To be dropped at once.
  std::vector<topic_partition> dropped;
  /// Held ones that are paused or not, from now on.
  std::vector<std::pair<topic_partition, bool>> paused;
  /// To be answered at once: what was revoked and is not held.
  std::optional<revoked_notice> answer;
  /// Out: everything is to be dropped, then joined again.
  bool is_fenced = false;
};

/// What a member believes to hold, and which pushes it believes: those to the
/// id of its last join, of no older coordinator and no older member epoch.
class membership_view {
public:
  // -- being a member
  // ----------------------------------------------------------

  /// Joins under a new id, holding nothing.
  void join(const uuid& member);

  /// The join was answered. False: the answer is of an older coordinator.
  bool admit(const join_result& x);

  /// Neither a member nor about to be one; holds nothing.
  void leave();

  /// Nil: outside.
  const uuid& member() const noexcept {
    return member_;
  }

  /// The coordinator has answered or pushed something since the join.
  bool is_member() const noexcept {
    return is_member_;
  }

  int64_t epoch() const noexcept {
    return epoch_;
  }

  int32_t coordinator_epoch() const noexcept {
    return coordinator_epoch_;
  }

  /// Takes a coordinator's epoch; false: it is older than one seen before.
  bool hears(int32_t coordinator_epoch) noexcept;

  // -- pushes
  // --------------------------------------------------------------------

  holding_change assign(const assignment& x);
  holding_change revoke(const revocation& x);
  holding_change restate(const member_state& x);
  holding_change fence(const fenced_notice& x);
  holding_change pause(const pause_notice& x);

  // -- holdings
  // --------------------------------------------------------------------

  const std::set<topic_partition>& owned() const noexcept {
    return owned_;
  }

  /// With the revocation that each one answers.
  const std::map<topic_partition, int64_t>& draining() const noexcept {
    return draining_;
  }

  bool holds(const topic_partition& x) const {
    return owned_.contains(x) || draining_.contains(x);
  }

  /// A drained partition is given up; the revocation that this answers.
  int64_t release(const topic_partition& x);

  /// A partition is lost without a word.
  void drop(const topic_partition& x);

private:
  bool believes(const uuid& member, int32_t coordinator_epoch,
                int64_t member_epoch);
  void add(const std::vector<assigned_partition>& xs, holding_change& out);
  void revoke(const std::vector<topic_partition>& xs, int64_t revocation_id,
              holding_change& out);

  uuid member_;
  bool is_member_ = false;
  int64_t epoch_ = 0;
  int32_t coordinator_epoch_ = 0;
  std::set<topic_partition> owned_;
  std::map<topic_partition, int64_t> draining_;
};

} // namespace troupe
