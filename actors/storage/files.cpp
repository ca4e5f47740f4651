#include "actors/storage/files.hpp"

#include <limits>

#include "actors/protocol/errors.hpp"
#include "actors/protocol/messages.hpp"

namespace troupe::storage {

namespace {

constexpr size_t compared_chunk_bytes = 1u << 20;

} // namespace

caf::error sync_all(const std::vector<file_ptr>& files) {
  for (const auto& x : files)
    if (auto failure = x->sync())
      return failure;
  return caf::none;
}

caf::expected<int64_t> sync_written(const sync_job& job) {
  // What is written meanwhile may be synced or not.
  auto result = job.written ? job.written->load() : 0;
  if (auto failure = sync_all(job.files))
    return failure;
  return result;
}

caf::expected<bool> same_content(const file& one, const file& other) {
  if (one.size() != other.size())
    return false;
  for (uint64_t at = 0; at < one.size(); at += compared_chunk_bytes) {
    auto x = one.read(at, compared_chunk_bytes);
    if (!x)
      return std::move(x.error());
    auto y = other.read(at, compared_chunk_bytes);
    if (!y)
      return std::move(y.error());
    if (x->view() != y->view())
      return false;
  }
  return true;
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
