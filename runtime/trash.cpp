#include "runtime/trash.hpp"

namespace troupe {

namespace {

/// In the data directory.
const std::string where = "removed";

std::string parent_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

} // namespace

caf::error trash::empty() {
  return disk_->remove(where);
}

caf::error trash::throw_away(const std::string& path) {
  if (!disk_->exists(path))
    return caf::none;
  if (auto failed = disk_->make_directory(where))
    return failed;
  auto target = where + "/" + std::to_string(++thrown_);
  if (auto failed = disk_->rename(path, target))
    return failed;
  if (auto failed = disk_->sync_directory(parent_of(path)))
    return failed;
  return disk_->remove(target);
}

} // namespace troupe
