#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "actors/coordinator/group_record.hpp"

namespace troupe {

/// One step of a member towards its target.
struct reconciliation {
  current_assignment next;
  /// To be pushed as a revocation.
  std::vector<topic_partition> revoked;
  /// Given up at once, for a member that is away.
  std::vector<topic_partition> released;
  /// To be pushed as an assignment, with the new epoch.
  std::vector<topic_partition> added;

  /// The member is to hear of it.
  bool has_assignment(const current_assignment& before) const noexcept {
    return !added.empty() || next.epoch != before.epoch;
  }
};

/// Where a partition begins if it can be given to somebody now: it has no
/// owner, and its start is known.
using give_function =
  std::function<std::optional<start_place>(const topic_partition&)>;

/// Brings a member nearer to `target` (ascending) of `target_epoch`: first it
/// gives up what it must, then it gets what is free.
reconciliation reconcile(const current_assignment& current,
                         const std::vector<topic_partition>& target,
                         int64_t target_epoch, bool is_away,
                         const give_function& give);

/// `stable`, `unrevoked`, `unreleased` or `away`.
const char* state_of(const current_assignment& current,
                     const std::vector<topic_partition>& target,
                     int64_t target_epoch, bool is_away);

} // namespace troupe
