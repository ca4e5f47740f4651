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

caf::expected<descriptor> open_descriptor(const std::string& path, int flags) {
  auto fd = without_interruption(
    [&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0644); });
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

posix_file::posix_file(descriptor opened, uint64_t size, std::string path)
  : fd_(std::move(opened)), size_(size), path_(std::move(path)) {}

uint64_t posix_file::size() const {
  return size_;
}

caf::error posix_file::append(const std::vector<std::string_view>& parts) {
  // Always at the size that is known: a part of a failed append is overwritten.
  if (auto failure = write_all(fd_.get(), size_, parts, path_))
    return failure;
  for (auto part : parts)
    size_ += part.size();
  return caf::none;
}

caf::expected<bytes> posix_file::read(uint64_t position, size_t length) const {
  auto available = position < size_ ? size_ - position : 0;
  std::string content(std::min<uint64_t>(length, available), '\0');
  size_t done = 0;
  while (done < content.size()) {
    auto got = without_interruption([&] {
      return ::pread(fd_.get(), content.data() + done, content.size() - done,
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

caf::error posix_file::sync() {
  // No second try after a failure: the kernel gives up on the bytes that it
  // could not write, and the next call would succeed without them.
  if (without_interruption([&] { return ::fdatasync(fd_.get()); }) != 0)
    return posix_error("sync", path_);
  return caf::none;
}

caf::error posix_file::truncate(uint64_t size) {
  auto result = without_interruption(
    [&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size)); });
  if (result != 0)
    return posix_error("cut", path_);
  size_ = size;
  return caf::none;
}

const std::string& posix_file::path() const {
  return path_;
}

} // namespace troupe
