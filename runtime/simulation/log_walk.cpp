#include "runtime/simulation/log_walk.hpp"

#include <algorithm>

#include "actors/storage/segment_name.hpp"

namespace troupe::simulation {

namespace {

/// Names of the segments that count, by offset.
std::vector<storage::segment_name> segments_of(storage::files& disk,
                                               const std::string& directory) {
  std::vector<storage::segment_name> all;
  if (auto names = disk.list(directory))
    for (const auto& name : *names)
      if (auto x = storage::parse_log_file_name(name))
        all.push_back(*x);
  std::vector<storage::segment_name> result;
  for (const auto& x : all) {
    auto replaces = [&](const storage::segment_name& y) {
      return y.is_compacted() && y != x && y.base <= x.base && x.base < y.end
             && y.end >= x.end;
    };
    if (std::none_of(all.begin(), all.end(), replaces))
      result.push_back(x);
  }
  std::sort(result.begin(), result.end(),
            [](const auto& x, const auto& y) { return x.base < y.base; });
  return result;
}

/// Appends the batches of a segment; false when something else is behind them.
bool read_segment(const bytes& content, const storage::segment_name& name,
                  std::vector<record_batch>& out) {
  auto next = name.base;
  for (size_t position = 0; position < content.size();) {
    auto batch =
      parse_batch(content.slice(position, content.size() - position));
    if (!batch || checksum_of(*batch) != batch->header.crc)
      return false;
    // Its offset is outside of the checksum: a block that never reached the
    // disk may have had it.
    auto base = batch->header.base_offset;
    if (name.is_compacted() ? base < next : base != next)
      return false;
    next = batch->header.last_offset() + 1;
    position += batch->encoded_bytes();
    out.push_back(std::move(*batch));
  }
  return true;
}

} // namespace

std::vector<record_batch> read_batches(storage::files& disk,
                                       const std::string& directory) {
  std::vector<record_batch> result;
  for (const auto& name : segments_of(disk, directory)) {
    auto content =
      disk.read_all(directory + "/" + storage::log_file_name(name));
    if (!content || !read_segment(bytes{std::move(*content)}, name, result))
      break;
  }
  return result;
}

} // namespace troupe::simulation
