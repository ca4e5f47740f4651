#include "actors/storage/files.hpp"

namespace troupe::storage {

caf::error sync_all(const std::vector<file_ptr>& files) {
  for (const auto& x : files)
    if (auto failure = x->sync())
      return failure;
  return caf::none;
}

} // namespace troupe::storage
