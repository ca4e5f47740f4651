#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "actors/protocol/backup_messages.hpp"
#include "actors/protocol/record_batch.hpp"
#include "actors/storage/files.hpp"
#include "actors/storage/leader_epochs.hpp"
#include "actors/storage/offset_and_time.hpp"
#include "config/settings.hpp"

namespace troupe::storage {

/// What opening a log found and did, for people and for the timeline.
struct recovery_report {
  /// The last stop was not clean: the leader epoch grew.
  bool was_unclean = false;
  /// Bytes cut from the tail, kept aside in `kept_aside`.
  uint64_t bytes_cut = 0;
  std::string kept_aside;
  /// Indexes that were missing or wrong and were made anew.
  uint32_t indexes_rebuilt = 0;
};

/// An append-only sequence of record batches in a directory of its own:
/// segments with sparse indexes, a checkpoint of what was synced, the leader
/// epochs. Format: FORMAT.md. One owner, no thread, no clock: times come as
/// arguments.
///
/// After an append or sync fails the log refuses further appends
/// (`storage_failed`) until it is opened again; a full disk (`storage_full`)
/// leaves it as it was before the append and usable.
class log {
public:
  /// Opens or creates the log in `directory`; recovers it as invariant I5 says.
  /// After an unclean stop the leader epoch grows, unless `is_replica`: then a
  /// cluster's controller gives it.
  static caf::expected<std::unique_ptr<log>> open(
    files_ptr disk, std::string directory, const topic_settings& settings,
    int64_t now_ms, bool is_replica = false);

  ~log();

  log(const log&) = delete;
  log& operator=(const log&) = delete;

  /// The offset of the first record that is still there.
  int64_t start() const noexcept;

  /// The offset that the next record gets.
  int64_t end() const noexcept;

  /// Everything below is on the disk for good.
  int64_t synced_end() const noexcept;

  /// The epoch under which appends happen now: larger after an unclean stop.
  int32_t leader_epoch() const noexcept;

  /// Raises the leader epoch (never lowers it); it begins at `end()`.
  caf::error begin_epoch(int32_t epoch);

  /// All epochs that the log knows, ascending.
  const std::vector<epoch_start>& epochs() const noexcept;

  /// The end offset of `epoch`: where the next larger one begins, else `end()`;
  /// with the largest known epoch at or below it.
  epoch_start end_of_epoch(int32_t epoch) const noexcept;

  /// Bytes in all segments.
  uint64_t size_bytes() const noexcept;

  size_t segment_count() const noexcept;

  const recovery_report& recovery() const noexcept;

  /// A write or a sync failed: it takes no more appends until it is opened
  /// again.
  bool has_failed() const noexcept;

  /// Appends a checked batch: gives it its base offset and the current leader
  /// epoch, rolls the segment by size and age. Returns the base offset.
  caf::expected<int64_t> append(record_batch& batch, int64_t now_ms);

  /// Appends a batch of another replica as it is: its base offset, at or above
  /// `end()`, and its leader epoch, at least the last record's, stay. The first
  /// one may begin below: of its records those from `start()` on are there.
  /// Errors also: `corrupt_batch` when they do not fit.
  caf::error append_replica(const record_batch& batch, int64_t now_ms);

  /// Forgets epochs that have no record: to follow another replica.
  caf::error forget_empty_epochs();

  /// Removes all records, durably; the log begins anew at `offset`. After a
  /// crash it is as it was, or has a part of that, or is empty.
  caf::error restart(int64_t offset, int64_t now_ms);

  /// The epoch of the record before `end()`; -1: there is none.
  int32_t last_epoch() const noexcept;

  /// Where the segment begins that is appended to: below it upkeep works.
  int64_t active_base() const noexcept;

  /// Whole batches from the one that holds `offset` on, at most `max_bytes` of
  /// them but at least one; none when `offset == end()`. `offset_out_of_range`
  /// outside of [start, end]. Batches read from disk have their checksum
  /// checked: `corrupt_log` names file and position.
  caf::expected<std::vector<record_batch>> read(int64_t offset,
                                                size_t max_bytes) const;

  /// The first record with a timestamp of `timestamp_ms` or later; offset
  /// `end()` and timestamp -1 when there is none.
  caf::expected<offset_and_time> find_time(int64_t timestamp_ms) const;

  /// The files that hold unsynced appends, and up to which offset syncing them
  /// makes the log durable: by now, and, when it is done later in another
  /// thread, by when it begins. The caller syncs them, then calls `synced` or
  /// `sync_failed`.
  struct unsynced {
    std::vector<file_ptr> files;
    int64_t up_to = 0;
    std::shared_ptr<const std::atomic<int64_t>> written;
  };
  unsynced to_sync() const;
  void synced(int64_t up_to);
  void sync_failed();

  /// Removes whole segments that are past retention by time or bytes, and end
  /// at or below `up_to`; never the active one. Returns how many records went.
  caf::expected<int64_t> retain(int64_t now_ms, int64_t up_to = INT64_MAX);

  /// Raises `start()` to `offset`, removing whole segments below it.
  caf::error delete_before(int64_t offset);

  /// Rewrites closed segments so that of each key only the last record stays,
  /// tombstones until `tombstone_retention`; keeps offsets. Does at most
  /// `bytes_max` of work a call, so that the owner stays responsive. Returns
  /// whether more is to be done.
  caf::expected<bool> compact(int64_t now_ms, size_t bytes_max);

  /// Cuts all records at and above `offset`, durably; a batch that holds it
  /// goes whole, so that `end()` can be below it then.
  caf::error truncate(int64_t offset);

  /// Links the log's files as they are now into the directory `to`, which is
  /// made anew, and says what of them counts. What is done to the log later
  /// leaves that as it is: segments are only appended to, cut behind what
  /// counts, or replaced by others.
  caf::expected<log_snapshot> snapshot(const std::string& to) const;

  /// Takes settings changed live.
  void configure(const topic_settings& settings);

  /// Syncs everything and records a clean stop. The log takes no more appends.
  caf::error close();

private:
  struct impl;
  explicit log(std::unique_ptr<impl> state);
  std::unique_ptr<impl> impl_;
};

} // namespace troupe::storage
