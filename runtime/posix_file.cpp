#include "runtime/posix_file.hpp"

#include <algorithm>
#include <climits>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>

#include "actors/protocol/errors.hpp"

namespace troupe {

caf::error posix_error(std::string_view action, const std::string& path) {
  auto reason = errno;
  auto is_full = reason == ENOSPC || reason == EDQUOT;
  std::string_view advice;
  if (reason == EMFILE)
    advice = "; raise the limit of open files (ulimit -n)";
  return make_error(is_full ? ec::storage_full : ec::storage_failed,
                    fmt::format("cannot {} {}: {}{}", action, path,
                                std::generic_category().message(reason),
                                advice));
}

caf::expected<descriptor> open_descriptor(const std::string& path, int flags,
                                          descriptor_cache* cache) {
  auto open = [&] {
    return without_interruption(
      [&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0644); });
  };
  auto fd = open();
  // Others may have taken what was left for them.
  while (fd < 0 && errno == EMFILE && cache && cache->make_room())
    fd = open();
  if (fd < 0)
    return posix_error("open", path);
  return descriptor{fd};
}

caf::error write_all(int fd, uint64_t position,
                     const std::vector<std::string_view>& parts,
                     const std::string& path) {
  std::vector<iovec> left;
  left.reserve(parts.size());
  for (auto part : parts)
    if (!part.empty())
      // Writing only reads them; the C interface lacks the const.
      left.push_back({const_cast<char*>(part.data()), part.size()});
  auto first = left.begin();
  while (first != left.end()) {
    auto count = std::min<ptrdiff_t>(left.end() - first, IOV_MAX);
    auto written = without_interruption([&] {
      return ::pwritev(fd, &*first, static_cast<int>(count),
                       static_cast<off_t>(position));
    });
    if (written < 0)
      return posix_error("write", path);
    position += static_cast<uint64_t>(written);
    auto done = static_cast<size_t>(written);
    for (; first != left.end() && done >= first->iov_len; ++first)
      done -= first->iov_len;
    if (done > 0) {
      first->iov_base = static_cast<char*>(first->iov_base) + done;
      first->iov_len -= done;
    }
  }
  return caf::none;
}

caf::error sync_names(const std::string& directory) {
  auto opened = open_descriptor(directory, O_RDONLY | O_DIRECTORY);
  if (!opened)
    return opened.error();
  if (without_interruption([&] { return ::fsync(opened->get()); }) != 0)
    return posix_error("sync", directory);
  return caf::none;
}

// -- the descriptor ----------------------------------------------------------

posix_file::posix_file(descriptor opened, uint64_t size, std::string path,
                       descriptor_cache_ptr cache)
  : path_(std::move(path)), cache_(std::move(cache)), size_(size),
    fd_(std::make_shared<descriptor>(std::move(opened))) {}

std::shared_ptr<posix_file> posix_file::make(descriptor opened, uint64_t size,
                                             std::string path,
                                             descriptor_cache_ptr cache) {
  std::shared_ptr<posix_file> result{
    new posix_file(std::move(opened), size, std::move(path), std::move(cache))};
  result->cache_->add(*result);
  return result;
}

posix_file::~posix_file() {
  cache_->remove(*this);
}

caf::expected<posix_file::descriptor_ptr> posix_file::acquire() const {
  std::lock_guard guard{mutex_};
  is_used_.store(true, std::memory_order_relaxed);
  if (fd_)
    return fd_;
  auto opened = open_descriptor(path_, O_RDWR, cache_.get());
  if (!opened)
    return std::move(opened.error());
  fd_ = std::make_shared<descriptor>(std::move(*opened));
  // Whoever holds the cache only tries this file's lock, so this is no
  // deadlock.
  cache_->add(const_cast<posix_file&>(*this));
  return fd_;
}

bool posix_file::is_dirty() const {
  return changes_ > 0 && changes_ != synced_changes_;
}

bool posix_file::was_used() {
  return is_used_.exchange(false, std::memory_order_relaxed);
}

bool posix_file::give_up(bool force) {
  std::unique_lock guard{mutex_, std::try_to_lock};
  if (!guard.owns_lock() || !fd_ || fd_.use_count() > 1)
    return false;
  if (is_dirty()) {
    if (!force)
      return false;
    // Its failure is told by the next sync.
    static_cast<void>(sync_now(fd_->get()));
  }
  fd_ = nullptr;
  return true;
}

// -- the file ----------------------------------------------------------------

uint64_t posix_file::size() const {
  return size_;
}

caf::error posix_file::append(const std::vector<std::string_view>& parts) {
  auto fd = acquire();
  if (!fd)
    return std::move(fd.error());
  // Always at the size that is known: a part of a failed append is overwritten.
  auto failure = write_all((*fd)->get(), size_, parts, path_);
  // Only now: a sync that began before is not to count for it.
  ++changes_;
  if (failure)
    return failure;
  for (auto part : parts)
    size_ += part.size();
  return caf::none;
}

caf::expected<bytes> posix_file::read(uint64_t position, size_t length) const {
  auto fd = acquire();
  if (!fd)
    return std::move(fd.error());
  auto available = position < size_ ? size_ - position : 0;
  std::string content(std::min<uint64_t>(length, available), '\0');
  size_t done = 0;
  while (done < content.size()) {
    auto got = without_interruption([&] {
      return ::pread((*fd)->get(), content.data() + done, content.size() - done,
                     static_cast<off_t>(position + done));
    });
    if (got < 0)
      return posix_error("read", path_);
    if (got == 0)
      break;
    done += static_cast<size_t>(got);
  }
  content.resize(done);
  return bytes{std::move(content)};
}

caf::error posix_file::sync_now(int fd) {
  auto seen = changes_.load();
  // No second try after a failure: the kernel gives up on the bytes that it
  // could not write, and the next call would succeed without them.
  if (is_failed_)
    errno = EIO;
  else if (without_interruption([&] { return ::fdatasync(fd); }) == 0) {
    synced_changes_ = seen;
    return caf::none;
  }
  auto failure = posix_error("sync", path_);
  is_failed_ = true;
  return failure;
}

caf::error posix_file::sync() {
  // Closed since its last sync, it may not even be there any more.
  if (!is_failed_ && synced_changes_ >= 0 && !is_dirty())
    return caf::none;
  auto fd = acquire();
  if (!fd)
    return std::move(fd.error());
  return sync_now((*fd)->get());
}

caf::error posix_file::truncate(uint64_t size) {
  auto fd = acquire();
  if (!fd)
    return std::move(fd.error());
  auto result = without_interruption(
    [&] { return ::ftruncate((*fd)->get(), static_cast<off_t>(size)); });
  ++changes_;
  if (result != 0)
    return posix_error("cut", path_);
  size_ = size;
  return caf::none;
}

const std::string& posix_file::path() const {
  return path_;
}

} // namespace troupe
