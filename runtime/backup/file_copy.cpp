#include "runtime/backup/file_copy.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "actors/protocol/crc32c.hpp"
#include "actors/protocol/errors.hpp"
#include "config/settings.hpp"

namespace troupe::backup {

namespace {

/// Bytes in memory at once, and between two reports.
constexpr size_t piece_bytes = 256 * kib;

std::string parent_of(const std::string& path) {
  auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string{} : path.substr(0, slash);
}

} // namespace

caf::expected<manifest::file> read_file(
  storage::files& source, const std::string& path, int64_t bytes,
  const progress& done,
  const std::function<caf::error(std::string_view)>& take) {
  auto where = source.location() + "/" + path;
  // Opening would make it.
  if (!source.exists(path))
    return make_error(ec::storage_failed, where + ": is missing");
  auto opened = source.open(path);
  if (!opened)
    return opened.error();
  auto end = bytes < 0 ? (*opened)->size() : static_cast<uint64_t>(bytes);
  manifest::file result{path, 0, 0};
  while (result.bytes < end) {
    auto piece = (*opened)->read(
      result.bytes, std::min<uint64_t>(piece_bytes, end - result.bytes));
    if (!piece)
      return piece.error();
    if (piece->empty())
      return make_error(ec::storage_failed,
                        fmt::format("{}: has {} bytes, {} were expected", where,
                                    result.bytes, end));
    result.bytes += piece->size();
    result.crc = crc32c(piece->view(), result.crc);
    if (take)
      if (auto failed = take(piece->view()))
        return failed;
    if (auto stop = done(piece->size()))
      return stop;
  }
  return result;
}

caf::expected<manifest::file> copy_file(storage::files& source,
                                        const std::string& from, int64_t bytes,
                                        storage::files& target,
                                        const std::string& to,
                                        const progress& done) {
  if (auto failed = target.make_directory(parent_of(to)))
    return failed;
  auto copy = target.open(to);
  if (!copy)
    return copy.error();
  auto result =
    read_file(source, from, bytes, done,
              [&](std::string_view piece) { return (*copy)->append({piece}); });
  if (!result)
    return result;
  if (auto failed = (*copy)->sync())
    return failed;
  return result;
}

caf::error write_file(storage::files& target, const std::string& path,
                      std::string_view content) {
  if (auto failed = target.make_directory(parent_of(path)))
    return failed;
  auto file = target.open(path);
  if (!file)
    return file.error();
  if (auto failed = (*file)->append({content}))
    return failed;
  return (*file)->sync();
}

caf::error sync_names(storage::files& disk, const std::string& below,
                      const std::vector<manifest::file>& files) {
  std::set<std::string> directories{""};
  for (const auto& file : files) {
    auto path = below.empty() ? file.path : below + "/" + file.path;
    for (auto at = parent_of(path); directories.insert(at).second;)
      at = parent_of(at);
  }
  for (const auto& x : directories)
    if (auto failed = disk.sync_directory(x))
      return failed;
  return caf::none;
}

caf::error check_empty(storage::files& target, std::string_view what_for) {
  auto names = target.list("");
  if (!names)
    return names.error();
  // What a new file system has, and what locking left.
  std::erase_if(*names, [](const std::string& x) {
    return x == "LOCK" || x == "lost+found";
  });
  if (names->empty())
    return caf::none;
  return make_error(
    ec::invalid_argument,
    fmt::format("{} is not empty (there is {}): {} goes into a directory that "
                "is empty or does not exist",
                target.location(), names->front(), what_for));
}

} // namespace troupe::backup
