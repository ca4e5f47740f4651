#pragma once

#include <atomic>
#include <cerrno>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <unistd.h>

#include "actors/storage/files.hpp"
#include "runtime/descriptor_cache.hpp"

namespace troupe {

/// A file descriptor that closes itself.
class descriptor {
public:
  explicit descriptor(int fd) noexcept : fd_(fd) {}

  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

  int get() const noexcept {
    return fd_;
  }

private:
  int fd_;
};

/// Calls `f` again as long as a signal interrupts it.
template <class F>
auto without_interruption(F f) {
  for (;;) {
    auto result = f();
    if (result >= 0 || errno != EINTR)
      return result;
  }
}

/// The error for a system call that just failed: what was done to which path,
/// and `errno`.
caf::error posix_error(std::string_view action, const std::string& path);

/// Opens `path`, relative to nothing; makes room in `cache` when the process
/// has no descriptor left.
caf::expected<descriptor> open_descriptor(const std::string& path, int flags,
                                          descriptor_cache* cache = nullptr);

/// Writes all parts from `position` on.
caf::error write_all(int fd, uint64_t position,
                     const std::vector<std::string_view>& parts,
                     const std::string& path);

/// Makes the names in a directory durable.
caf::error sync_names(const std::string& directory);

/// A file of the machine. While it is not used its descriptor may be closed to
/// make room for others; one with unsynced bytes is synced first, and never
/// before: a failure to write them is told to open descriptors only.
class posix_file final : public storage::file, private descriptor_cache::entry {
public:
  /// Takes over an open descriptor of the file at `path`.
  static std::shared_ptr<posix_file> make(descriptor opened, uint64_t size,
                                          std::string path,
                                          descriptor_cache_ptr cache);

  ~posix_file() override;

  uint64_t size() const override;
  caf::error append(const std::vector<std::string_view>& parts) override;
  caf::expected<bytes> read(uint64_t position, size_t length) const override;
  caf::error sync() override;
  caf::error truncate(uint64_t size) override;
  const std::string& path() const override;

private:
  using descriptor_ptr = std::shared_ptr<descriptor>;

  posix_file(descriptor opened, uint64_t size, std::string path,
             descriptor_cache_ptr cache);

  bool give_up(bool force) override;
  bool was_used() override;

  /// The descriptor, opened again when it was closed. Nobody closes it while
  /// the result lives.
  caf::expected<descriptor_ptr> acquire() const;

  bool is_dirty() const;

  /// fdatasync, remembered in case it fails.
  caf::error sync_now(int fd);

  const std::string path_;
  const descriptor_cache_ptr cache_;
  uint64_t size_;

  mutable std::mutex mutex_;
  /// Null: closed for now.
  mutable descriptor_ptr fd_;
  mutable std::atomic<bool> is_used_ = true;
  /// Changes made through this object, and how many of them are synced; -1:
  /// never synced.
  std::atomic<int64_t> changes_ = 0;
  std::atomic<int64_t> synced_changes_ = -1;
  /// A sync has failed: nothing counts as durable.
  std::atomic<bool> is_failed_ = false;
};

} // namespace troupe
