#pragma once

#include <cstdint>

#include "actors/coordinator/group_record.hpp"

namespace troupe {

/// Longest metadata string that goes with a position.
inline constexpr size_t commit_metadata_bytes_max = 4096;

/// Whether a member may commit `entry`: `none`, or why not. The partition must
/// be owned, given up ones included as long as the release is not there; the
/// epoch at hand-over must lie between that of the assignment and the member's;
/// and no commit goes back, unless it proves that the log was cut.
ec check_commit(const current_assignment& owner, const position& held,
                const commit_entry& entry);

/// Whether `entry` is in itself in order: `none` or `invalid_argument`.
ec check_entry(const commit_entry& entry);

/// Whether `entry` shows that the log was cut below the committed offset. In a
/// log leader epochs ascend with offsets; so a record at a lower offset, but of
/// a higher epoch, stands where the committed one was.
bool proves_cut(const position& held, const commit_entry& entry);

} // namespace troupe
