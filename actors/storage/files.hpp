#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "actors/protocol/bytes.hpp"

namespace troupe {

struct sync_job;

} // namespace troupe

namespace troupe::storage {

/// An open file. Positions and sizes are in bytes. Errors: `storage_full` when
/// the disk has no room, else `storage_failed`; the text names the path.
class file {
public:
  virtual ~file() = default;

  /// Bytes in the file.
  virtual uint64_t size() const = 0;

  /// Writes all `parts`, one after the other, at the end of the file. On an
  /// error the file may have grown by a part of them.
  virtual caf::error append(const std::vector<std::string_view>& parts) = 0;

  /// Reads up to `length` bytes from `position`; fewer only at the end.
  virtual caf::expected<bytes> read(uint64_t position, size_t length) const = 0;

  /// Makes what was written durable (fdatasync). May be called from another
  /// thread while the owner appends and reads. After a failure nothing of the
  /// file counts as durable.
  virtual caf::error sync() = 0;

  /// Cuts the file to `size` bytes.
  virtual caf::error truncate(uint64_t size) = 0;

  /// The path it was opened by.
  virtual const std::string& path() const = 0;
};

using file_ptr = std::shared_ptr<file>;

/// Syncs `files` in their order; stops at the first failure.
caf::error sync_all(const std::vector<file_ptr>& files);

/// The same for the files of a job. All that was written to them before is
/// durable then: returns the offset behind it.
caf::expected<int64_t> sync_written(const sync_job& job);

/// Whether two files have the same bytes.
caf::expected<bool> same_content(const file& one, const file& other);

/// Keeps other processes out while it lives.
class directory_lock {
public:
  virtual ~directory_lock() = default;
};

/// The disk: what `runtime/` implements on POSIX and in memory. Paths are
/// relative to the data directory, with `/` between names.
class files {
public:
  virtual ~files() = default;

  /// Opens for appending and reading; creates the file when it is missing.
  virtual caf::expected<file_ptr> open(const std::string& path) = 0;

  /// The whole content of a small file; `storage_failed` when it is missing.
  virtual caf::expected<std::string> read_all(const std::string& path) = 0;

  /// Replaces a small file whole: after a crash it has the old content or the
  /// new one. With `durable` it is synced, file and directory, before the call
  /// returns.
  virtual caf::error replace(const std::string& path, std::string_view content,
                             bool durable) = 0;

  virtual bool exists(const std::string& path) = 0;

  /// Names in a directory, sorted; empty when it is missing.
  virtual caf::expected<std::vector<std::string>> list(
    const std::string& directory) = 0;

  /// Creates a directory and the ones above it; fine when it is there.
  virtual caf::error make_directory(const std::string& directory) = 0;

  /// Makes created, renamed and removed names in a directory durable.
  virtual caf::error sync_directory(const std::string& directory) = 0;

  virtual caf::error rename(const std::string& from, const std::string& to) = 0;

  /// Gives the file `from` a second name. It stays under `to`, as it is,
  /// whatever takes its place under `from`. Not every disk can.
  virtual caf::error link(const std::string& from, const std::string& to);

  /// Removes a file, or a directory with all in it; fine when it is missing.
  virtual caf::error remove(const std::string& path) = 0;

  /// Locks the data directory against other processes: `data_dir_locked` names
  /// the holder.
  virtual caf::expected<std::unique_ptr<directory_lock>> lock() = 0;

  /// Bytes that can still be written; the largest number: not known.
  virtual caf::expected<uint64_t> free_bytes();

  /// Where the data directory is, for messages to people.
  virtual std::string location() const = 0;
};

using files_ptr = std::shared_ptr<files>;

} // namespace troupe::storage
