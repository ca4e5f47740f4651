#include "actors/storage/compaction.hpp"

#include <algorithm>
#include <utility>

#include "actors/protocol/errors.hpp"

namespace troupe::storage {

namespace {

using status = batch_walker::status;

/// Keys that one pass remembers, in bytes: what it cannot remember, the next
/// pass compacts.
constexpr size_t key_bytes_max = 64 * mib;
/// What an entry of the table takes beside its key.
constexpr size_t entry_bytes = 64;
/// Producers that one pass remembers: with more, every producer's emptied
/// batches keep their headers.
constexpr size_t producers_max = 100'000;
constexpr size_t chunk_bytes = 1u << 20;

} // namespace

compaction::compaction(files_ptr disk, std::string directory,
                       std::vector<source> sources, int64_t clean_below,
                       const topic_settings& config, int64_t now_ms)
  : disk_(std::move(disk)), directory_(std::move(directory)),
    sources_(std::move(sources)), clean_below_(clean_below), config_(config),
    now_ms_(now_ms) {}

compaction::~compaction() {
  if (output_)
    // Left behind, it is removed when the log is opened.
    static_cast<void>(disk_->remove(written_to_));
}

int64_t compaction::end() const noexcept {
  auto end = sources_.empty() ? clean_below_ : sources_.back().end;
  return std::min(end, known_below_);
}

caf::expected<std::optional<compaction::replacement>> compaction::step(
  size_t bytes_max) {
  using result = std::optional<replacement>;
  for (uint64_t done = 0; done < bytes_max && !is_done_;) {
    if (group_closes_ && position_ == 0) {
      auto finished = finish_group();
      if (!finished)
        return finished.error();
      return result{std::move(*finished)};
    }
    if (source_ == sources_.size()) {
      is_done_ = phase_ == phase::writing;
      phase_ = phase::writing;
      source_ = is_done_ ? source_ : 0;
      continue;
    }
    if (phase_ == phase::writing && !output_)
      if (auto error = begin_group())
        return error;
    if (auto error = walk(bytes_max, done))
      return error;
  }
  // Little by little, so that no sync takes long.
  if (output_)
    if (auto error = output_->sync())
      return error;
  return result{};
}

caf::error compaction::walk(size_t bytes_max, uint64_t& done) {
  const auto& [from, from_end] = sources_[source_];
  auto file = from->open();
  if (!file)
    return file.error();
  auto first = position_ == 0 ? from->base() : next_offset_;
  batch_walker walker{**file, position_, from->bytes(), chunk_bytes,
                      from->rule(first)};
  while (done < bytes_max) {
    auto answer = walker.next(batch_walker::check::checksum);
    if (answer == status::end) {
      from->cool();
      ++source_;
      position_ = 0;
      if (phase_ == phase::writing && source_ == sources_.size())
        group_closes_ = true;
      return caf::none;
    }
    if (answer == status::failed)
      return walker.failure();
    if (answer != status::batch)
      return from->corrupt(walker.position(), walker.failure());
    const auto& batch = walker.batch();
    if (phase_ == phase::writing && walker.next_position() == from->bytes())
      group_closes_ = is_enough(batch.encoded_bytes());
    if (auto error = phase_ == phase::learning
                       ? learn(batch, from_end <= clean_below_)
                       : write(batch, group_closes_))
      return error;
    done += batch.encoded_bytes();
    position_ = walker.next_position();
    next_offset_ = batch.header.last_offset() + 1;
  }
  return caf::none;
}

bool compaction::is_enough(size_t more_bytes) const {
  // What follows may stay whole: then the file has one and a half times the
  // size of a segment.
  return source_ + 1 == sources_.size()
         || index_.about().bytes + more_bytes > config_.segment_bytes / 2;
}

caf::error compaction::learn(const record_batch& batch, bool is_clean) {
  const auto& x = batch.header;
  if (x.producer_id >= 0) {
    last_of_producer_[x.producer_id] = x.last_offset();
    if (last_of_producer_.size() > producers_max) {
      last_of_producer_.clear();
      has_all_producers_ = false;
    }
  }
  // A pass before left one record of each key there.
  if (is_clean || x.is_control() || x.base_offset >= known_below_)
    return caf::none;
  record_reader reader{batch};
  placed_record one;
  while (reader.next(one)) {
    const auto& key = one.content.key;
    if (key.is_null())
      continue;
    auto [i, is_new] = last_of_key_.try_emplace(key.str(), one.offset);
    i->second = one.offset;
    if (is_new)
      key_bytes_ += key.size() + entry_bytes;
  }
  if (key_bytes_ >= key_bytes_max)
    known_below_ = x.last_offset() + 1;
  return reader.failure();
}

caf::error compaction::begin_group() {
  first_ = source_;
  segment_name name{sources_[first_].from->base(), -1};
  written_to_ = directory_ + "/" + log_file_name(name) + ".new";
  if (auto error = disk_->remove(written_to_))
    return error;
  auto file = disk_->open(written_to_);
  if (!file)
    return file.error();
  output_ = std::move(*file);
  index_ = segment_index{name.base};
  has_changes_ = false;
  return caf::none;
}

bool compaction::stays(const batch_header& header,
                       const placed_record& x) const {
  if (x.content.key.is_null())
    return true;
  auto known = last_of_key_.find(x.content.key.str());
  if (known != last_of_key_.end() && known->second > x.offset)
    return false;
  auto is_due =
    header.has_delete_horizon() && header.base_timestamp_ms <= now_ms_;
  return !x.content.value.is_null() || !is_due;
}

bool compaction::is_last_of_producer(const batch_header& x) const {
  if (x.producer_id < 0)
    return false;
  if (!has_all_producers_)
    return true;
  auto known = last_of_producer_.find(x.producer_id);
  return known != last_of_producer_.end() && known->second == x.last_offset();
}

caf::error compaction::emit(const record_batch& batch) {
  if (auto error =
        output_->append({encode_header(batch), batch.records.view()}))
    return error;
  index_.add(batch, config_.index_interval_bytes);
  return caf::none;
}

caf::error compaction::write(const record_batch& batch, bool is_last) {
  const auto& x = batch.header;
  if (x.is_control() || x.base_offset >= known_below_)
    return emit(batch);
  std::vector<placed_record> kept;
  auto has_tombstone = false;
  record_reader reader{batch};
  placed_record one;
  while (reader.next(one))
    if (stays(x, one)) {
      has_tombstone =
        has_tombstone
        || (!one.content.key.is_null() && one.content.value.is_null());
      kept.push_back(std::move(one));
    }
  if (reader.failure())
    return reader.failure();
  if (kept.empty() && !is_last && !is_last_of_producer(x)) {
    has_changes_ = true;
    return caf::none;
  }
  auto like = x;
  auto stamps = has_tombstone && !x.has_delete_horizon();
  if (stamps) {
    like.attributes =
      static_cast<int16_t>(like.attributes | batch_header::delete_horizon);
    like.base_timestamp_ms = now_ms_ + config_.tombstone_retention.count();
  } else if (!has_tombstone && x.has_delete_horizon()) {
    like.attributes =
      static_cast<int16_t>(like.attributes & ~batch_header::delete_horizon);
  }
  if (static_cast<size_t>(x.record_count) == kept.size()
      && like.attributes == x.attributes)
    return emit(batch);
  has_changes_ = true;
  // What it was compressed with, at a level that is not known here.
  return emit(compress_batch(make_sparse_batch(kept, like, x.last_offset()),
                             {static_cast<codec>(x.codec())}));
}

caf::expected<compaction::replacement> compaction::finish_group() {
  replacement result;
  result.first = sources_[first_].from->base();
  result.count = source_ - first_;
  result.name = {result.first, sources_[source_ - 1].end};
  result.index = std::move(index_);
  group_closes_ = false;
  if (!has_changes_ && result.count == 1) {
    if (auto error = disk_->remove(written_to_))
      return error;
    output_.reset();
    return result;
  }
  if (auto error = output_->sync())
    return error;
  output_.reset();
  result.written_to = written_to_;
  return result;
}

} // namespace troupe::storage
