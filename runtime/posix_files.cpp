#include "runtime/posix_files.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "actors/protocol/errors.hpp"
#include "runtime/posix_file.hpp"

namespace troupe {

namespace {

namespace fs = std::filesystem;

caf::error failed(std::string_view action, const std::string& path,
                  const std::error_code& why) {
  errno = why.value();
  return posix_error(action, path);
}

/// Holds an flock for as long as it lives; the kernel ends it with the process.
class posix_lock final : public storage::directory_lock {
public:
  explicit posix_lock(descriptor held) : held_(std::move(held)) {}

private:
  descriptor held_;
};

caf::expected<std::string> read_file(const std::string& path) {
  auto opened = open_descriptor(path, O_RDONLY);
  if (!opened)
    return opened.error();
  std::string result;
  char chunk[16 * 1024];
  for (;;) {
    auto got = without_interruption(
      [&] { return ::read(opened->get(), chunk, sizeof(chunk)); });
    if (got < 0)
      return posix_error("read", path);
    if (got == 0)
      return result;
    result.append(chunk, static_cast<size_t>(got));
  }
}

} // namespace

posix_files::posix_files(std::string root, size_t open_max, access how)
  : root_(std::move(root)),
    cache_(std::make_shared<descriptor_cache>(open_max)),
    is_read_only_(how == access::read_only) {
  while (root_.size() > 1 && root_.ends_with('/'))
    root_.pop_back();
}

std::string posix_files::full(const std::string& path) const {
  return path.empty() ? root_ : root_ + "/" + path;
}

caf::error posix_files::check_writable(const std::string& path) const {
  if (!is_read_only_)
    return caf::none;
  return make_error(ec::storage_failed,
                    fmt::format("{} is not changed: the directory is only "
                                "looked at",
                                full(path)));
}

caf::expected<storage::file_ptr> posix_files::open(const std::string& path) {
  auto where = full(path);
  auto opened = open_descriptor(
    where, is_read_only_ ? O_RDONLY : O_RDWR | O_CREAT, cache_.get());
  if (!opened)
    return opened.error();
  struct stat about {};
  if (::fstat(opened->get(), &about) != 0)
    return posix_error("look at", where);
  return storage::file_ptr{posix_file::make(
    std::move(*opened), static_cast<uint64_t>(about.st_size), where, cache_)};
}

caf::expected<std::string> posix_files::read_all(const std::string& path) {
  return read_file(full(path));
}

caf::error posix_files::replace(const std::string& path,
                                std::string_view content, bool durable) {
  if (auto refusal = check_writable(path))
    return refusal;
  auto where = full(path);
  auto aside = where + ".tmp";
  {
    auto opened = open_descriptor(aside, O_WRONLY | O_CREAT | O_TRUNC);
    if (!opened)
      return opened.error();
    auto failure = write_all(opened->get(), 0, {content}, aside);
    if (!failure && durable
        && without_interruption([&] { return ::fsync(opened->get()); }) != 0)
      failure = posix_error("sync", aside);
    if (failure) {
      // A full disk gets its room back; the failure that counts is the first.
      ::unlink(aside.c_str());
      return failure;
    }
  }
  if (::rename(aside.c_str(), where.c_str()) != 0)
    return posix_error("rename", aside);
  if (!durable)
    return caf::none;
  return sync_names(fs::path{where}.parent_path().string());
}

bool posix_files::exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(full(path), ignored);
}

caf::expected<std::vector<std::string>> posix_files::list(
  const std::string& directory) {
  auto where = full(directory);
  std::vector<std::string> result;
  std::error_code why;
  fs::directory_iterator i{where, why};
  if (why == std::errc::no_such_file_or_directory)
    return result;
  for (; !why && i != fs::directory_iterator{}; i.increment(why))
    result.push_back(i->path().filename().string());
  if (why)
    return failed("list", where, why);
  std::sort(result.begin(), result.end());
  return result;
}

caf::error posix_files::make_directory(const std::string& directory) {
  if (auto refusal = check_writable(directory))
    return refusal;
  auto where = full(directory);
  std::error_code why;
  if (fs::is_directory(where, why))
    return caf::none;
  // The data directory itself lies outside of what `sync_directory` reaches:
  // its name is made durable here.
  for (fs::path at = root_; !fs::is_directory(at, why);) {
    auto above = at.has_parent_path() ? at.parent_path() : fs::path{"."};
    if (fs::is_directory(above, why)) {
      if (!fs::create_directory(at, why) && why)
        return failed("make the directory", at.string(), why);
      if (auto failure = sync_names(above.string()))
        return failure;
      at = root_;
    } else if (above == at) {
      return failed("make the directory", root_, why);
    } else {
      at = above;
    }
  }
  fs::create_directories(where, why);
  return why ? failed("make the directory", where, why) : caf::none;
}

caf::error posix_files::sync_directory(const std::string& directory) {
  return sync_names(full(directory));
}

caf::error posix_files::rename(const std::string& from, const std::string& to) {
  if (auto refusal = check_writable(from))
    return refusal;
  if (::rename(full(from).c_str(), full(to).c_str()) != 0)
    return posix_error("rename", full(from));
  return caf::none;
}

caf::error posix_files::link(const std::string& from, const std::string& to) {
  if (auto refusal = check_writable(to))
    return refusal;
  if (::link(full(from).c_str(), full(to).c_str()) != 0)
    return posix_error("link", full(from));
  return caf::none;
}

caf::error posix_files::remove(const std::string& path) {
  if (auto refusal = check_writable(path))
    return refusal;
  std::error_code why;
  fs::remove_all(full(path), why);
  return why ? failed("remove", full(path), why) : caf::none;
}

caf::expected<std::unique_ptr<storage::directory_lock>> posix_files::lock() {
  if (auto refusal = check_writable("LOCK"))
    return refusal;
  auto path = full("LOCK");
  auto opened = open_descriptor(path, O_RDWR | O_CREAT);
  if (!opened)
    return opened.error();
  auto fd = opened->get();
  if (without_interruption([&] { return ::flock(fd, LOCK_EX | LOCK_NB); })
      != 0) {
    if (errno != EWOULDBLOCK)
      return posix_error("lock", path);
    auto holder = read_file(path);
    auto pid = holder ? holder->substr(0, holder->find('\n')) : std::string{};
    return make_error(
      ec::data_dir_locked,
      fmt::format("{} is used by process {}; stop that one, or use another "
                  "data directory",
                  location(), pid.empty() ? "(unknown)" : pid));
  }
  if (::ftruncate(fd, 0) != 0)
    return posix_error("write", path);
  auto pid = fmt::format("{}\n", ::getpid());
  if (auto failure = write_all(fd, 0, {pid}, path))
    return failure;
  return std::unique_ptr<storage::directory_lock>{
    std::make_unique<posix_lock>(std::move(*opened))};
}

caf::expected<uint64_t> posix_files::free_bytes() {
  struct statvfs about {};
  if (::statvfs(root_.c_str(), &about) != 0)
    return posix_error("look at", root_);
  return uint64_t{about.f_bavail} * about.f_frsize;
}

std::string posix_files::location() const {
  std::error_code why;
  auto result = fs::absolute(root_, why);
  return why ? root_ : result.lexically_normal().string();
}

} // namespace troupe
