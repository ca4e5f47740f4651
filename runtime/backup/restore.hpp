#pragma once

#include <cstdint>

#include "runtime/backup/file_copy.hpp"

namespace troupe::backup {

/// Makes a data directory of the backup in `source`, in the empty or missing
/// directory of `target`. All is checked against the manifest on the way
/// (`corrupt_log` names the file). What makes it a data directory is written
/// last: one that is not complete is refused by a node.
///
/// The node that opens it must not be taken for the one that was backed up,
/// which went on after the backup. So
/// - every log begins a new, larger leader epoch at its end: a reader that
///   followed the other history beyond is told `diverged`;
/// - the coordinators' next lives have larger numbers, so that members that
///   outlived the old node listen to them;
/// - producer ids that the old node may have given since are left out: another
///   producer under one of them would be taken for the old one, and its records
///   for repetitions.
caf::error restore(const storage::files_ptr& source,
                   const storage::files_ptr& target, const manifest& x,
                   int64_t now_ms, const progress& done);

} // namespace troupe::backup
