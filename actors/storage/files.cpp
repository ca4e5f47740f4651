#include "actors/storage/files.hpp"

#include <limits>

#include "actors/protocol/errors.hpp"

namespace troupe::storage {

caf::error sync_all(const std::vector<file_ptr>& files) {
  for (const auto& x : files)
    if (auto failure = x->sync())
      return failure;
  return caf::none;
}

caf::expected<uint64_t> files::free_bytes() {
  return std::numeric_limits<uint64_t>::max();
}

caf::error files::link(const std::string& from, const std::string&) {
  return make_error(ec::storage_failed,
                    location() + "/" + from
                      + ": this disk gives a file no second name");
}

} // namespace troupe::storage
