#include "runtime/cli/log_place.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"
#include "actors/storage/segment_name.hpp"
#include "actors/storage/verification.hpp"

namespace troupe::cli {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> result;
  std::error_code why;
  for (fs::directory_iterator i{directory, why}, end; !why && i != end;
       i.increment(why))
    result.push_back(i->path().filename().string());
  return result;
}

bool is_log(const fs::path& directory) {
  return storage::is_log_directory(names_in(directory));
}

uint64_t segment_bytes(const fs::path& directory) {
  uint64_t result = 0;
  for (const auto& name : names_in(directory))
    if (storage::parse_log_file_name(name)) {
      std::error_code why;
      auto size = fs::file_size(directory / name, why);
      result += why ? 0 : size;
    }
  return result;
}

/// The data directory that `directory` lies in; empty: none.
fs::path data_directory_of(const fs::path& directory) {
  for (auto at = directory; !at.empty(); at = at.parent_path()) {
    std::error_code why;
    if (fs::exists(at / "node.json", why))
      return at;
    if (at == at.root_path())
      break;
  }
  return {};
}

} // namespace

caf::expected<log_place> find_logs(const std::string& path) {
  std::error_code why;
  auto where = fs::canonical(path, why);
  if (why)
    return make_error(ec::invalid_argument,
                      fmt::format("{}: {}", path, why.message()));
  log_place result;
  if (!fs::is_directory(where, why)) {
    result.segment = where.filename().string();
    where = where.parent_path();
    if (!storage::parse_log_file_name(result.segment))
      return make_error(ec::invalid_argument,
                        fmt::format("{}: no segment; those are called "
                                    "<20 digits>.log",
                                    path));
  }
  auto root = data_directory_of(where);
  result.is_data_directory = !root.empty();
  if (root.empty())
    root =
      where.has_parent_path() && is_log(where) ? where.parent_path() : where;
  result.root = root.string();
  std::vector<fs::path> found;
  if (is_log(where))
    found.push_back(where);
  else
    for (fs::recursive_directory_iterator i{where, why}, end; !why && i != end;
         i.increment(why))
      if (i->is_directory(why) && is_log(i->path()))
        found.push_back(i->path());
  if (found.empty())
    return make_error(
      ec::invalid_argument,
      fmt::format("{}: neither a data directory nor a log; name "
                  "one, for example data/topics/NAME.ID/0",
                  path));
  for (const auto& x : found) {
    result.logs.push_back(x.lexically_relative(root).string());
    result.bytes += segment_bytes(x);
  }
  std::sort(result.logs.begin(), result.logs.end());
  return result;
}

} // namespace troupe::cli
