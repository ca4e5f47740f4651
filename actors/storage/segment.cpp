#include "actors/storage/segment.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"

namespace troupe::storage {

namespace {

using status = batch_walker::status;
using check = batch_walker::check;

constexpr size_t scan_chunk_bytes = 1u << 20;
constexpr size_t read_chunk_max_bytes = 1u << 20;

} // namespace

segment::segment(files_ptr disk, std::string directory, segment_name name,
                 uint64_t bytes, uint64_t interval_bytes)
  : disk_(std::move(disk)), directory_(std::move(directory)), name_(name),
    bytes_(bytes), interval_bytes_(interval_bytes) {}

caf::expected<std::shared_ptr<segment>> segment::create(files_ptr disk,
                                                        std::string directory,
                                                        segment_name name,
                                                        uint64_t interval_bytes,
                                                        int64_t now_ms) {
  auto result = std::make_shared<segment>(std::move(disk), std::move(directory),
                                          name, 0, interval_bytes);
  auto file = result->open();
  if (!file)
    return file.error();
  // What a failed attempt left behind.
  if ((*file)->size() > 0)
    if (auto failure = (*file)->truncate(0))
      return failure;
  result->set_index(segment_index{name.base, now_ms});
  return result;
}

std::string segment::path() const {
  return directory_ + "/" + log_file_name(name_);
}

std::string segment::index_path() const {
  return directory_ + "/" + index_file_name(name_);
}

caf::expected<file_ptr> segment::open() {
  if (!file_) {
    auto file = disk_->open(path());
    if (!file)
      return file.error();
    file_ = std::move(*file);
  }
  return file_;
}

// -- index -------------------------------------------------------------------

caf::expected<const segment_index*> segment::index() {
  if (!index_) {
    if (disk_->exists(index_path()))
      if (auto content = disk_->read_all(index_path()))
        if (auto loaded = segment_index::decode(*content, name_, bytes_))
          set_index(std::move(*loaded));
    if (!index_)
      if (auto failure = rebuild_index())
        return failure;
  }
  return &*index_;
}

caf::expected<segment_index::summary> segment::about() {
  if (index_)
    return index_->about();
  if (about_)
    return *about_;
  auto was_open = file_ != nullptr;
  if (auto loaded = index(); !loaded)
    return loaded.error();
  auto result = *about_;
  if (!was_open)
    cool();
  return result;
}

void segment::set_index(segment_index index) {
  about_ = index.about();
  index_ = std::move(index);
}

caf::error segment::rebuild_index() {
  auto file = open();
  if (!file)
    return file.error();
  segment_index made{name_.base};
  batch_walker walker{**file, 0, bytes_, scan_chunk_bytes, rule(name_.base)};
  auto answer = walker.next(check::header_only);
  for (; answer == status::batch; answer = walker.next(check::header_only)) {
    if (made.entries().empty())
      made.created_at(walker.batch().header.max_timestamp_ms);
    made.add(walker.batch(), interval_bytes_);
  }
  if (answer != status::end)
    return reading_failed(walker, answer);
  if (bytes_ > 0)
    ++indexes_rebuilt_;
  set_index(std::move(made));
  return caf::none;
}

caf::error segment::save_index() {
  auto loaded = index();
  if (!loaded)
    return loaded.error();
  return disk_->replace(index_path(), (*loaded)->encode(name_), false);
}

// -- appending ---------------------------------------------------------------

caf::error segment::append(const record_batch& batch) {
  auto file = open();
  if (!file)
    return file.error();
  if (auto loaded = index(); !loaded)
    return loaded.error();
  auto header = encode_header(batch);
  if (auto failure = (*file)->append({header, batch.records.view()})) {
    if ((*file)->truncate(bytes_))
      is_broken_ = true;
    return failure;
  }
  bytes_ += batch.encoded_bytes();
  index_->add(batch, interval_bytes_);
  return caf::none;
}

// -- reading -----------------------------------------------------------------

caf::error segment::corrupt(uint64_t position, const caf::error& fault) const {
  return make_error(ec::corrupt_log,
                    fmt::format("{}/{}, byte {}: {}", disk_->location(), path(),
                                position, what(fault)));
}

caf::error segment::reading_failed(const batch_walker& from, status why) const {
  return why == status::failed ? from.failure()
                               : corrupt(from.position(), from.failure());
}

caf::expected<batch_walker> segment::walk_from(
  index_entry (segment_index::*find)(int64_t) const, int64_t key,
  size_t chunk_bytes) {
  auto file = open();
  if (!file)
    return file.error();
  for (;;) {
    auto loaded = index();
    if (!loaded)
      return loaded.error();
    auto entry = ((*loaded)->*find)(key);
    if (entry.offset < 0 || entry.position == 0)
      return batch_walker{**file, 0, bytes_, chunk_bytes, rule(name_.base)};
    // An index file that is intact can still be that of an older rewrite.
    batch_walker probe{**file, entry.position, bytes_,
                       batch_header::encoded_bytes};
    auto answer =
      entry.position < bytes_ ? probe.next(check::header_only) : status::bad;
    if (answer == status::failed)
      return probe.failure();
    if (answer == status::batch
        && probe.batch().header.base_offset == entry.offset)
      return batch_walker{**file, entry.position, bytes_, chunk_bytes,
                          rule(entry.offset)};
    auto wrong = (*loaded)->entries();
    if (auto failure = rebuild_index())
      return failure;
    if (wrong == index_->entries())
      return corrupt(entry.position, probe.failure());
  }
}

caf::expected<std::vector<record_batch>> segment::read(int64_t offset,
                                                       size_t max_bytes) {
  auto chunk =
    std::min<uint64_t>(interval_bytes_ + max_bytes, read_chunk_max_bytes);
  auto walker = walk_from(&segment_index::find_offset, offset, chunk);
  if (!walker)
    return walker.error();
  std::vector<record_batch> result;
  size_t total = 0;
  auto answer = walker->next(check::header_only);
  for (; answer == status::batch; answer = walker->next(check::header_only)) {
    const auto& batch = walker->batch();
    if (batch.header.last_offset() < offset)
      continue;
    if (!result.empty() && total + batch.encoded_bytes() > max_bytes)
      return result;
    if (auto crc = checksum_of(batch); crc != batch.header.crc)
      return corrupt(walker->position(),
                     make_error(ec::corrupt_batch,
                                fmt::format("batch at offset {}: checksum "
                                            "{:08x}, computed {:08x}",
                                            batch.header.base_offset,
                                            batch.header.crc, crc)));
    total += batch.encoded_bytes();
    result.push_back(batch);
  }
  if (answer != status::end)
    return reading_failed(*walker, answer);
  return result;
}

caf::expected<std::optional<offset_and_time>> segment::find_time(
  int64_t timestamp_ms, int64_t start) {
  using found = std::optional<offset_and_time>;
  auto walker =
    walk_from(&segment_index::find_time, timestamp_ms, scan_chunk_bytes);
  if (!walker)
    return walker.error();
  auto answer = walker->next(check::header_only);
  for (; answer == status::batch; answer = walker->next(check::header_only)) {
    const auto& batch = walker->batch();
    const auto& x = batch.header;
    if (x.max_timestamp_ms < timestamp_ms || x.last_offset() < start
        || x.record_count == 0)
      continue;
    record_reader records{batch};
    placed_record one;
    while (records.next(one))
      if (one.offset >= start && one.content.timestamp_ms >= timestamp_ms)
        return found{{one.offset, one.content.timestamp_ms}};
    if (records.failure())
      return corrupt(walker->position(), records.failure());
  }
  if (answer != status::end)
    return reading_failed(*walker, answer);
  return found{};
}

caf::expected<segment::place> segment::locate(int64_t offset) {
  auto walker =
    walk_from(&segment_index::find_offset, offset, scan_chunk_bytes);
  if (!walker)
    return walker.error();
  auto answer = walker->next(check::header_only);
  for (; answer == status::batch; answer = walker->next(check::header_only))
    if (walker->batch().header.last_offset() >= offset)
      return place{walker->position(),
                   std::min(offset, walker->batch().header.base_offset)};
  if (answer != status::end)
    return reading_failed(*walker, answer);
  return place{bytes_, offset};
}

// -- changing ----------------------------------------------------------------

caf::error segment::cut(uint64_t position) {
  auto file = open();
  if (!file)
    return file.error();
  if (auto failure = (*file)->truncate(position))
    return failure;
  if (auto failure = (*file)->sync())
    return failure;
  bytes_ = position;
  index_.reset();
  about_.reset();
  return disk_->remove(index_path());
}

caf::error segment::rename(segment_name name) {
  auto from = path();
  if (auto failure = disk_->remove(index_path()))
    return failure;
  name_ = name;
  file_.reset();
  index_.reset();
  about_.reset();
  return disk_->rename(from, path());
}

caf::error segment::remove() {
  file_.reset();
  if (auto failure = disk_->remove(index_path()))
    return failure;
  return disk_->remove(path());
}

void segment::cool() {
  if (index_)
    about_ = index_->about();
  file_.reset();
  index_.reset();
}

} // namespace troupe::storage
