#pragma once

#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "actors/storage/files.hpp"
#include "actors/storage/verification.hpp"

namespace troupe::storage {

/// A step of a repair.
struct repair_step {
  enum class kind : uint8_t {
    /// `file` is renamed to `aside`.
    set_aside,
    /// The same, for a segment that stays with another name.
    rename,
    /// The bytes of `file` from `position` on are copied to `aside`, then cut.
    cut,
    /// The log's state says 'in use', so that the next open reads it whole.
    reopen,
  };
  kind what = kind::set_aside;
  /// Relative to the data directory.
  std::string file;
  std::string aside;
  uint64_t position = 0;
  /// That go.
  uint64_t bytes = 0;
};

/// What makes a damaged log open again: it ends before its first damage.
struct repair_plan {
  /// Empty: there is nothing to repair.
  std::vector<repair_step> steps;
  /// Where the log ends then, and where the last intact batch ended.
  int64_t new_end = 0;
  int64_t old_end = 0;
  uint64_t bytes = 0;
};

/// Plans the repair of what `verify_log` found; changes nothing.
caf::expected<repair_plan> plan_repair(files& disk, const verification& found);

/// Carries it out, each step durably, in an order in which a crash between two
/// leaves a log that can be repaired again. Nothing is deleted. The data
/// directory must be locked by the caller.
caf::error carry_out(files& disk, const repair_plan& plan);

} // namespace troupe::storage
