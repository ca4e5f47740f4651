#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <unistd.h>

#include "actors/storage/files.hpp"

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

/// Opens `path`, relative to nothing.
caf::expected<descriptor> open_descriptor(const std::string& path, int flags);

/// Writes all parts from `position` on.
caf::error write_all(int fd, uint64_t position,
                     const std::vector<std::string_view>& parts,
                     const std::string& path);

/// Makes the names in a directory durable.
caf::error sync_names(const std::string& directory);

/// An open file of the machine.
class posix_file final : public storage::file {
public:
  posix_file(descriptor opened, uint64_t size, std::string path);

  uint64_t size() const override;
  caf::error append(const std::vector<std::string_view>& parts) override;
  caf::expected<bytes> read(uint64_t position, size_t length) const override;
  caf::error sync() override;
  caf::error truncate(uint64_t size) override;
  const std::string& path() const override;

private:
  descriptor fd_;
  uint64_t size_;
  std::string path_;
};

} // namespace troupe
