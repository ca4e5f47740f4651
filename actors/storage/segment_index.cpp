#include "actors/storage/segment_index.hpp"

#include <algorithm>
#include <iterator>

#include "actors/protocol/crc32c.hpp"
#include "actors/protocol/encoding.hpp"
#include "actors/protocol/errors.hpp"

namespace troupe::storage {

namespace {

constexpr std::string_view magic = "TRPX";
constexpr size_t header_bytes = 4 + 2 + 8 + 8 + 8 + 8 + 8 + 8 + 8 + 4;
constexpr size_t entry_bytes = 24;
constexpr size_t crc_bytes = 4;

} // namespace

segment_index::segment_index(int64_t base, int64_t created_ms) {
  about_.end = base;
  about_.created_ms = created_ms;
}

void segment_index::add(const record_batch& batch, uint64_t interval_bytes) {
  const auto& x = batch.header;
  auto position = about_.bytes;
  if (entries_.empty() || position - entries_.back().position >= interval_bytes)
    entries_.push_back({x.base_offset, position, about_.max_timestamp_ms});
  about_.end = x.last_offset() + 1;
  about_.bytes += batch.encoded_bytes();
  about_.max_timestamp_ms =
    std::max(about_.max_timestamp_ms, x.max_timestamp_ms);
  if (x.has_delete_horizon())
    about_.delete_horizon_ms =
      std::min(about_.delete_horizon_ms, x.base_timestamp_ms);
}

index_entry segment_index::find_offset(int64_t offset) const {
  auto next =
    std::partition_point(entries_.begin(), entries_.end(),
                         [&](const auto& x) { return x.offset <= offset; });
  return next == entries_.begin() ? index_entry{} : *std::prev(next);
}

index_entry segment_index::find_time(int64_t timestamp_ms) const {
  auto next =
    std::partition_point(entries_.begin(), entries_.end(), [&](const auto& x) {
      return x.max_timestamp_before_ms < timestamp_ms;
    });
  return next == entries_.begin() ? index_entry{} : *std::prev(next);
}

std::string segment_index::encode(const segment_name& name) const {
  std::string out{magic};
  out.reserve(header_bytes + entries_.size() * entry_bytes + crc_bytes);
  put_big_endian(out, version);
  put_big_endian(out, name.base);
  put_big_endian(out, name.end);
  put_big_endian(out, about_.end);
  put_big_endian(out, about_.bytes);
  put_big_endian(out, about_.max_timestamp_ms);
  put_big_endian(out, about_.created_ms);
  put_big_endian(out, about_.delete_horizon_ms);
  put_big_endian(out, static_cast<uint32_t>(entries_.size()));
  for (const auto& x : entries_) {
    put_big_endian(out, x.offset);
    put_big_endian(out, x.position);
    put_big_endian(out, x.max_timestamp_before_ms);
  }
  put_big_endian(out, crc32c(out));
  return out;
}

caf::expected<segment_index> segment_index::decode(std::string_view content,
                                                   const segment_name& name,
                                                   uint64_t segment_bytes) {
  auto wrong = [](const char* why) { return make_error(ec::corrupt_log, why); };
  if (content.size() < header_bytes + crc_bytes || !content.starts_with(magic))
    return wrong("not an index");
  // Another version's index is made anew, like a damaged one.
  if (get_big_endian<uint16_t>(content, 4) != version)
    return wrong("an index of another version");
  auto body = content.substr(0, content.size() - crc_bytes);
  if (get_big_endian<uint32_t>(content, body.size()) != crc32c(body))
    return wrong("the index's checksum does not match");
  segment_name owner{get_big_endian<int64_t>(body, 6),
                     get_big_endian<int64_t>(body, 14)};
  segment_index result;
  result.about_.end = get_big_endian<int64_t>(body, 22);
  result.about_.bytes = get_big_endian<uint64_t>(body, 30);
  result.about_.max_timestamp_ms = get_big_endian<int64_t>(body, 38);
  result.about_.created_ms = get_big_endian<int64_t>(body, 46);
  result.about_.delete_horizon_ms = get_big_endian<int64_t>(body, 54);
  auto count = get_big_endian<uint32_t>(body, 62);
  if (owner != name || result.about_.bytes != segment_bytes)
    return wrong("the index is of another segment");
  if (body.size() != header_bytes + count * entry_bytes)
    return wrong("the index has another size than it says");
  result.entries_.reserve(count);
  for (auto at = header_bytes; at < body.size(); at += entry_bytes)
    result.entries_.push_back({get_big_endian<int64_t>(body, at),
                               get_big_endian<uint64_t>(body, at + 8),
                               get_big_endian<int64_t>(body, at + 16)});
  return result;
}

} // namespace troupe::storage
