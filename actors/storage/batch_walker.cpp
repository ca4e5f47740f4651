#include "actors/storage/batch_walker.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/protocol/encoding.hpp"

namespace troupe::storage {

namespace {

constexpr size_t header_bytes = batch_header::encoded_bytes;
constexpr size_t length_position = 8;
constexpr size_t uncounted_bytes = 12;
constexpr size_t magic_position = 16;
constexpr size_t search_chunk_bytes = 1u << 20;
/// The smallest that a disk writes or does not.
constexpr uint64_t lost_block_bytes = 512;

bool all_zeros(std::string_view x) {
  return x.find_first_not_of('\0') == std::string_view::npos;
}

} // namespace

batch_walker::batch_walker(const file& from, uint64_t position, uint64_t end,
                           size_t chunk_bytes, placement rule)
  : file_(&from), end_(end), chunk_bytes_(std::max(chunk_bytes, header_bytes)),
    position_(position), next_(position), rule_(rule) {}

batch_walker::status batch_walker::fault(status what, caf::error why) {
  failure_ = std::move(why);
  is_torn_ = what == status::torn;
  return what;
}

bool batch_walker::fill(size_t length) {
  auto first = next_ - buffer_position_;
  if (next_ >= buffer_position_ && first <= buffer_.size()
      && buffer_.size() - first >= length)
    return true;
  auto wanted =
    std::min<uint64_t>(std::max(length, chunk_bytes_), end_ - next_);
  auto content = file_->read(next_, wanted);
  if (!content) {
    failure_ = std::move(content.error());
    return false;
  }
  if (content->size() < length) {
    failure_ = make_error(ec::storage_failed,
                          fmt::format("{}: ended at byte {} while it was read",
                                      file_->path(), next_ + content->size()));
    return false;
  }
  buffer_ = std::move(*content);
  buffer_position_ = next_;
  return true;
}

bool batch_walker::only_zeros_follow() {
  for (auto at = next_; at < end_;) {
    auto content =
      file_->read(at, std::min<uint64_t>(search_chunk_bytes, end_ - at));
    if (!content || content->empty() || !all_zeros(content->view()))
      return false;
    at += content->size();
  }
  return true;
}

caf::error batch_walker::check_place(const batch_header& x) const {
  auto follows = rule_.has_gaps ? x.base_offset >= rule_.first
                                : x.base_offset == rule_.first;
  if (x.last_offset_delta < 0 || !follows)
    return make_error(ec::corrupt_batch,
                      fmt::format("offsets {} to {} after {}", x.base_offset,
                                  x.last_offset(), rule_.first - 1));
  if (!rule_.epochs || x.base_offset < rule_.epochs_from)
    return caf::none;
  auto known = rule_.epochs->at(x.base_offset);
  if (!known || *known == x.leader_epoch)
    return caf::none;
  return make_error(ec::corrupt_batch,
                    fmt::format("batch at offset {}: leader epoch {}, but the "
                                "log was in epoch {} there",
                                x.base_offset, x.leader_epoch, *known));
}

batch_walker::status batch_walker::next(check what) {
  position_ = next_;
  auto left = end_ - next_;
  if (left == 0)
    return status::end;
  if (left < header_bytes)
    return fault(
      status::torn,
      make_error(ec::corrupt_batch,
                 fmt::format("{} bytes are too few for a batch", left)));
  if (!fill(header_bytes))
    return status::failed;
  auto header = buffer_.view().substr(next_ - buffer_position_, header_bytes);
  if (all_zeros(header) && only_zeros_follow())
    return fault(status::torn,
                 make_error(ec::corrupt_batch, "nothing but zeros"));
  auto length = get_big_endian<int32_t>(header, length_position);
  // A length that makes no sense is for `parse_batch` to name.
  auto size = std::max<uint64_t>(
    header_bytes, static_cast<uint64_t>(std::max(length, 0)) + uncounted_bytes);
  if (size > left)
    return fault(status::torn,
                 make_error(ec::corrupt_batch,
                            fmt::format("a batch of {} bytes, of which {} are "
                                        "there",
                                        size, left)));
  if (!fill(size))
    return status::failed;
  auto parsed = parse_batch(buffer_.slice(next_ - buffer_position_, size));
  if (!parsed)
    return fault(status::bad, std::move(parsed.error()));
  const auto& x = parsed->header;
  if (auto misplaced = check_place(x))
    return fault(status::bad, std::move(misplaced));
  if (what == check::checksum)
    if (auto crc = checksum_of(*parsed); crc != x.crc)
      return fault(status::bad,
                   make_error(ec::corrupt_batch,
                              fmt::format("batch at offset {}: checksum "
                                          "{:08x}, computed {:08x}",
                                          x.base_offset, x.crc, crc)));
  batch_ = std::move(*parsed);
  rule_.first = x.last_offset() + 1;
  next_ += size;
  return status::batch;
}

batch_walker::status batch_walker::next_surely() {
  auto result = next(check::checksum);
  while (result == status::torn || result == status::bad) {
    // Errors of one code are equal, whatever they say.
    auto before = what(std::exchange(failure_, caf::none));
    next_ = position_;
    buffer_ = {};
    is_torn_ = false;
    result = next(check::checksum);
    if (what(failure_) == before)
      break;
  }
  return result;
}

caf::expected<uint64_t> find_intact_batch(const file& from, uint64_t position,
                                          uint64_t end, int64_t least_offset) {
  for (auto at = position; at + header_bytes <= end;) {
    auto content =
      from.read(at, std::min<uint64_t>(search_chunk_bytes, end - at));
    if (!content)
      return content.error();
    auto view = content->view();
    if (view.size() < header_bytes)
      break;
    auto last = view.size() - header_bytes;
    for (size_t i = 0; i <= last; ++i) {
      if (view[i + magic_position] != 2
          || get_big_endian<int64_t>(view, i) < least_offset)
        continue;
      batch_walker candidate{from, at + i, end, header_bytes};
      if (candidate.next(batch_walker::check::checksum)
          == batch_walker::status::batch)
        return at + i;
    }
    at += last + 1;
  }
  return end;
}

caf::expected<bool> has_lost_blocks(const file& from, uint64_t position,
                                    uint64_t end, int64_t expected) {
  // The intact batch that `end` is may begin with the zeros of a lost block:
  // its offset does.
  end = std::min(end + sizeof(int64_t), from.size());
  auto first_block =
    (position + lost_block_bytes - 1) / lost_block_bytes * lost_block_bytes;
  auto content = from.read(position, std::min(first_block, end) - position);
  if (!content)
    return content.error();
  // The rest of the block that held the last synced bytes. Zeros that belong
  // there prove nothing: the offset's first ones, the length's.
  std::string offset;
  put_big_endian(offset, expected);
  auto known = std::string_view{offset}.substr(
    0, std::min(offset.size(), content->size()));
  if (first_block <= end && all_zeros(content->view())
      && (!all_zeros(known) || content->size() >= uncounted_bytes))
    return true;
  // The file's last block may be a part of one; a single zero is how records
  // without headers end.
  auto least = [&](uint64_t at) {
    return end == from.size() && end - at < lost_block_bytes ? 2
                                                             : lost_block_bytes;
  };
  for (auto at = first_block; at < end && end - at >= least(at);) {
    auto chunk =
      from.read(at, std::min<uint64_t>(search_chunk_bytes, end - at));
    if (!chunk)
      return chunk.error();
    if (chunk->empty())
      break;
    for (auto left = chunk->view(); !left.empty();) {
      auto block = left.substr(0, lost_block_bytes);
      if (block.size() >= least(at) && all_zeros(block))
        return true;
      left.remove_prefix(block.size());
      at += block.size();
    }
  }
  return false;
}

} // namespace troupe::storage
