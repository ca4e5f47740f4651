#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include <caf/timespan.hpp>

/// What can be wrong with the disk in memory: by plan (this call of that file
/// fails) and by chance (so many calls in a thousand fail, drawn from a seed).
/// Both may be set at once.
namespace troupe::simulation {

/// What goes wrong with one call.
enum class disk_fault : uint8_t {
  /// An append writes half of its bytes and fails, a `replace` or `truncate`
  /// does nothing and fails: `storage_failed`.
  write_fails,
  /// An append or `replace` finds no room: `storage_full`; half of an append is
  /// there. (For a disk that stays full: `memory_files::set_capacity`.)
  full,
  /// A sync of a file, a directory or a durable `replace` fails. What a file's
  /// failed sync was to make durable never will be, as on Linux.
  sync_fails,
  /// A read fails.
  read_fails,
  /// A read has one wrong bit; read again, it is right.
  flip_on_read,
  /// A bit of the file turned over for good before it was read.
  flip_at_rest,
  /// A sync takes `slow_time` longer: for who asks the disk how long, see
  /// `spawn_slow_flusher`.
  slow_sync,
};

inline constexpr size_t disk_fault_kinds = 7;

/// A fault at calls that were picked.
struct planned_fault {
  static constexpr uint64_t for_good = std::numeric_limits<uint64_t>::max();

  disk_fault what = disk_fault::sync_fails;
  /// Only files and directories whose path contains this.
  std::string path = {};
  /// So many calls that it could hit are let through first.
  uint64_t after = 0;
  /// So many are hit then; `for_good`: all.
  uint64_t times = 1;
  /// `flip_...`: which bit of what is read (taken modulo its bits).
  uint64_t bit = 0;
  /// `slow_sync`.
  caf::timespan slow_time{0};
};

/// Faults by chance: for each kind of fault, how many of a million calls it
/// hits.
struct fault_rates {
  std::array<uint32_t, disk_fault_kinds> per_million{};
  /// Only files and directories whose path contains this.
  std::string path = {};
  /// `slow_sync`: at most; the time is drawn, too.
  caf::timespan slow_time_max{0};

  uint32_t& operator[](disk_fault x) {
    return per_million[static_cast<size_t>(x)];
  }
  uint32_t operator[](disk_fault x) const {
    return per_million[static_cast<size_t>(x)];
  }
};

/// How a power cut treats bytes that were written and not synced.
struct power_cut {
  enum class unsynced : uint8_t {
    /// All are gone, as are unsynced names: the most a cut can take.
    lost,
    /// A prefix of each file's made it, to any byte; each name by chance.
    prefix,
    /// Of each file any set of blocks made it, in no order: what did not is
    /// zeros, and the file's size may be that of all or less; each name by
    /// chance.
    blocks,
  };
  unsynced bytes = unsynced::lost;
  /// Of `blocks`: 512 (a sector) or 4096 (a page), say.
  uint32_t block_bytes = 4096;
};

/// What was done to whom uses the disk, for a simulation's report.
struct fault_counts {
  std::array<uint64_t, disk_fault_kinds> hits{};
  uint64_t power_cuts = 0;
  /// Files that lost unsynced bytes in a cut, and of these the ones that kept
  /// some.
  uint64_t files_cut = 0;
  uint64_t files_torn = 0;
  uint64_t bytes_lost = 0;
  /// Refused since `set_capacity` leaves no room.
  uint64_t without_room = 0;

  uint64_t of(disk_fault x) const {
    return hits[static_cast<size_t>(x)];
  }
};

/// The fault's name, for reports: 'sync_fails'.
const char* to_string(disk_fault x);

} // namespace troupe::simulation
