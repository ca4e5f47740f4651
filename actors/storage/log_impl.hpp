#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/storage/compaction.hpp"
#include "actors/storage/leader_epochs.hpp"
#include "actors/storage/log.hpp"
#include "actors/storage/log_state.hpp"
#include "actors/storage/segment.hpp"

namespace troupe::storage {

/// The inside of a log, spread over log.cpp (append, read),
/// log_sync.cpp (sync, state, close), log_recovery.cpp (open) and
/// log_upkeep.cpp (retention, compaction, cuts).
struct log::impl {
  impl(files_ptr where, std::string path, const topic_settings& settings,
       bool replica)
    : disk(std::move(where)), directory(std::move(path)), config(settings),
      is_replica(replica) {}

  // -- log_recovery.cpp ------------------------------------------------------

  caf::error open(int64_t now_ms);

  /// Finds the segments and removes what an interrupted step left behind.
  caf::error find_segments(const std::vector<std::string>& names);
  caf::error remove_replaced();
  caf::expected<std::optional<log_state>> read_state(
    const std::vector<std::string>& names);
  void read_checkpoint(const std::vector<std::string>& names);

  /// Whether the segments are what the clean stop left.
  bool matches(const log_state& x) const;

  caf::error recover(const std::optional<log_state>& last, int64_t now_ms);

  /// Scans segment `position` of `segments`; a bad tail is cut or refused.
  caf::error scan(size_t position);
  caf::error cut_tail(size_t position, const batch_walker& at,
                      batch_walker::status why);
  /// Takes segments from `position` on out of the log.
  caf::error set_aside_from(size_t position);
  /// Copies the bytes from `position` on to the file `to`, durably.
  caf::expected<file_ptr> copy(segment& from, uint64_t position,
                               const std::string& to);
  caf::error keep_aside(segment& from, uint64_t position);
  std::string free_name(const std::string& wanted) const;
  void note_cut(uint64_t bytes, const std::string& kept_in);
  caf::error lost() const;
  caf::error sync_recovered(bool is_suspect);
  /// Writes a segment's file anew, for the disk may not have what the page
  /// cache has.
  caf::error rewrite(segment& x);

  // -- log.cpp ---------------------------------------------------------------

  std::string path_of(std::string_view name) const;
  segment& active() {
    return *segments.back();
  }

  /// Why no append is taken; none when they are.
  caf::error check_usable() const;

  /// Records durably that the log is in use, before its first append.
  caf::error begin_use(int64_t now_ms);
  /// Begins a segment at the end; beyond a gap that reaches to `gap_end`.
  caf::error add_segment(int64_t now_ms, int64_t gap_end = -1);
  caf::error roll(int64_t now_ms, int64_t gap_end = -1);
  caf::expected<bool> is_full(size_t more_bytes, int64_t now_ms);

  /// Puts a batch, whose offset and epoch are set, at the end.
  caf::error put(const record_batch& batch);
  /// Puts a batch into a log without records that begins within it.
  caf::error begin_with(const record_batch& batch, int64_t now_ms);
  /// Makes sure that the active segment may go on at `offset`, beyond the end:
  /// only compacted ones may have gaps.
  caf::error skip_to(int64_t offset, int64_t now_ms);

  /// The segment that holds `offset`, or the last one before it.
  size_t position_of(int64_t offset) const;

  /// The offset behind segment `position` of `segments`.
  int64_t end_of(size_t position) const;

  /// A batch's leader epoch is outside of its checksum.
  caf::error check_epoch(const segment& from, const batch_header& x) const;

  /// Keeps few closed segments open; `used` is one of them now.
  void keep_warm(const segment_ptr& used);

  // -- log_sync.cpp ----------------------------------------------------------

  caf::error write_state(bool clean);
  log_checkpoint current_checkpoint() const;
  caf::error write_checkpoint(bool durable);
  caf::error sync_ancestors();
  /// A sync failed: whoever opens the log must not trust the page cache.
  caf::error mark_suspect();

  // -- log_upkeep.cpp --------------------------------------------------------

  caf::expected<bool> is_expendable(size_t position, uint64_t bytes_left,
                                    int64_t now_ms);
  caf::error move_start(int64_t offset);
  caf::error remove_below_start();
  caf::error cut(int64_t offset);
  caf::error restart(int64_t offset, int64_t now_ms);
  caf::expected<bool> needs_compaction(int64_t now_ms);
  caf::error adopt(const compaction::replacement& x);
  size_t compactable() const;

  // -- state -----------------------------------------------------------------

  files_ptr disk;
  std::string directory;
  topic_settings config;
  bool is_replica = false;
  /// Ascending; the last one is active. None before the first append.
  std::vector<segment_ptr> segments;
  leader_epochs epochs;
  int64_t start = 0;
  int64_t end = 0;
  int64_t synced_end = 0;
  /// The end of the active segment, for whoever syncs it in another thread: a
  /// new one for each segment, for a job that began with the one before does
  /// not sync what is written here.
  std::shared_ptr<std::atomic<int64_t>> written_end =
    std::make_shared<std::atomic<int64_t>>(0);
  log_checkpoint checkpoint;
  recovery_report report;

  /// There was a `state` to open with.
  bool has_state = false;
  /// `state` on the disk says 'in use'.
  bool in_use = false;
  bool is_closed = false;
  /// Why appends are refused.
  caf::error failure;
  /// Names of the directories above were made durable, or were before.
  bool ancestors_synced = false;
  /// The base of the newest segment whose name is not durable yet, or -1.
  int64_t unsynced_name = -1;
  uint64_t bytes_since_checkpoint = 0;
  bool checkpoint_due = false;
  std::deque<segment_ptr> warm;
  std::optional<compaction> running;
};

} // namespace troupe::storage
