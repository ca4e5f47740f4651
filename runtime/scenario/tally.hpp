#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/scenario.hpp"
#include "runtime/scenario/ledger.hpp"
#include "runtime/scenario/poster.hpp"

namespace troupe::scenario {

/// A position as it was written to the group's log.
struct position_event {
  int64_t time_ms = 0;
  std::string group;
  partition_name where;
  /// committed + 1, -1: null.
  int64_t next = -1;
  /// Where the group begins while `next` is null, -1: not stored.
  int64_t start = -1;
};

/// What a group lost or got twice in a run.
struct delivery_tally {
  /// Acknowledged records below the committed position and at or after the
  /// group's first start that were never handed out.
  int64_t lost = 0;
  /// Hand-outs of a record that had been handed out before; a handler's own
  /// retries do not count.
  int64_t delivered_twice = 0;
  /// Those of them that came although the record had been committed.
  int64_t delivered_twice_committed = 0;
};

/// Counts for one group. `events` are its positions in the order they were
/// written; a position set back (a reset) makes what follows it new.
delivery_tally tally(const std::string& group,
                     const std::vector<ledger_entry>& hand_outs,
                     const std::vector<posted_record>& posted,
                     const std::vector<position_event>& events);

} // namespace troupe::scenario
