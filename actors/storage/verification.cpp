#include "actors/storage/verification.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"
#include "actors/storage/batch_walker.hpp"
#include "actors/storage/log_state.hpp"
#include "actors/storage/segment_index.hpp"
#include "actors/storage/segment_name.hpp"

namespace troupe::storage {

namespace {

using status = batch_walker::status;

constexpr size_t chunk_bytes = 1u << 20;

/// Looks through one log.
class verifier {
public:
  verifier(files& disk, std::string directory,
           const std::function<void(uint64_t)>& on_progress)
    : disk_(disk), on_progress_(on_progress) {
    result_.directory = std::move(directory);
  }

  caf::expected<verification> run();

private:
  std::string path(const std::string& name) const {
    return result_.directory + "/" + name;
  }

  void remark(const std::string& name, std::string text) {
    result_.add({false, path(name), 0, 0, -1, std::move(text)});
  }

  void read_state(const std::string& name);
  void read_checkpoint();
  void find_segments(const std::vector<std::string>& names);
  caf::error walk(const segment_name& name, bool is_last);
  caf::error walk_batches(const segment_name& name, const file& from,
                          bool is_last);
  /// What to do about a place that holds no batch; where to go on.
  caf::expected<uint64_t> judge(const file& from, const std::string& name,
                                const batch_walker& at, bool is_last);
  void check_records(const std::string& name, const batch_walker& at);
  void read_index(const segment_name& name, uint64_t size);
  void check_index(const segment_name& name, const batch_walker& at);
  void check_end();

  files& disk_;
  const std::function<void(uint64_t)>& on_progress_;
  verification result_;
  std::optional<log_state> state_;
  std::optional<leader_epochs> epochs_;
  int64_t synced_ = 0;
  std::vector<segment_name> segments_;
  uint64_t last_bytes_ = 0;
  /// The offset that comes next.
  int64_t next_ = 0;
  /// A crash's torn end was met: the log ends there.
  bool ends_torn_ = false;
  std::vector<index_entry> entries_;
  size_t next_entry_ = 0;
};

caf::expected<verification> verifier::run() {
  auto names = disk_.list(result_.directory);
  if (!names)
    return names.error();
  for (const auto& name : *names) {
    if (name == "state")
      read_state(name);
    else if (name == "checkpoint")
      read_checkpoint();
    else if (name == "suspect") {
      remark(name, "a sync failed: the next open writes the log anew");
      if (std::find(names->begin(), names->end(), "state") == names->end())
        read_state(name);
    } else if (name.find(".cut-") != std::string::npos
               || name.find(".damaged") != std::string::npos)
      remark(name, "kept aside by a recovery or a repair");
  }
  find_segments(*names);
  result_.start = state_ ? state_->start : 0;
  if (!segments_.empty()) {
    next_ = segments_.front().base;
    result_.start = std::max(result_.start, next_);
  }
  for (size_t i = 0; i < segments_.size() && !ends_torn_; ++i)
    if (auto failure = walk(segments_[i], i + 1 == segments_.size()))
      return failure;
  check_end();
  result_.end = next_;
  return std::move(result_);
}

void verifier::read_state(const std::string& name) {
  auto content = disk_.read_all(path(name));
  auto decoded = content ? decode_state(*content, path(name))
                         : caf::expected<log_state>{content.error()};
  if (!decoded) {
    result_.add({true, path(name), 0, content ? content->size() : 0, -1,
                 what(decoded.error())});
    return;
  }
  state_ = std::move(*decoded);
  epochs_.emplace(state_->epochs);
  if (state_->is_clean)
    synced_ = std::max(synced_, state_->end);
}

void verifier::read_checkpoint() {
  auto content = disk_.read_all(path("checkpoint"));
  auto decoded = content ? decode_checkpoint(*content, path("checkpoint"))
                         : caf::expected<log_checkpoint>{content.error()};
  if (decoded)
    synced_ = std::max(synced_, decoded->synced);
  else
    remark("checkpoint", fmt::format("{}. It was not synced; without it the "
                                     "next open after a crash reads more",
                                     what(decoded.error())));
}

void verifier::find_segments(const std::vector<std::string>& names) {
  std::vector<segment_name> all;
  for (const auto& name : names)
    if (auto parsed = parse_log_file_name(name))
      all.push_back(*parsed);
  std::sort(all.begin(), all.end(), [](const auto& x, const auto& y) {
    return x.base != y.base ? x.base < y.base : x.end > y.end;
  });
  int64_t rewritten_end = 0;
  for (const auto& x : all) {
    if (x.base < rewritten_end) {
      remark(log_file_name(x), "was compacted into another segment: the next "
                               "open removes it");
      continue;
    }
    rewritten_end = std::max(rewritten_end, x.end);
    segments_.push_back(x);
  }
  auto start = state_ ? state_->start : 0;
  while (segments_.size() > 1 && segments_[1].base <= start) {
    remark(log_file_name(segments_.front()),
           "lies below the log's start: the next open removes it");
    segments_.erase(segments_.begin());
  }
}

caf::error verifier::walk(const segment_name& name, bool is_last) {
  auto file_name = log_file_name(name);
  auto file = disk_.open(path(file_name));
  if (!file)
    return file.error();
  auto size = (*file)->size();
  ++result_.segments;
  result_.bytes += size;
  last_bytes_ = size;
  auto is_unclean = !state_ || !state_->is_clean;
  if (name.base > next_ && is_unclean && next_ >= synced_) {
    remark(file_name, "lost its forerunner's end to a crash: the next open "
                      "sets it aside");
    ends_torn_ = true;
    return caf::none;
  }
  if (name.base != next_)
    result_.add({true, path(file_name), 0, 0, std::min(next_, name.base),
                 fmt::format("begins at offset {}, the segment before it ends "
                             "at {}",
                             name.base, next_)});
  next_ = name.base;
  read_index(name, size);
  return walk_batches(name, **file, is_last);
}

caf::error verifier::walk_batches(const segment_name& name, const file& from,
                                  bool is_last) {
  auto file_name = log_file_name(name);
  auto size = from.size();
  placement rule{name.base, name.is_compacted(), epochs_ ? &*epochs_ : nullptr,
                 state_ ? state_->start : 0};
  batch_walker walker{from, 0, size, chunk_bytes, rule};
  for (uint64_t at = 0;;) {
    auto answer = walker.next(batch_walker::check::checksum);
    if (answer == status::batch) {
      ++result_.batches;
      check_records(file_name, walker);
      check_index(name, walker);
      next_ = walker.batch().header.last_offset() + 1;
    } else if (answer == status::end) {
      // A compacted one stands for all offsets that its name says.
      next_ = std::max(next_, name.end);
      return caf::none;
    } else if (answer == status::failed) {
      return walker.failure();
    } else {
      auto go_on = judge(from, file_name, walker, is_last);
      if (!go_on)
        return go_on.error();
      if (*go_on >= size || ends_torn_)
        return caf::none;
      rule.first = next_;
      rule.has_gaps = true;
      walker = batch_walker{from, *go_on, size, chunk_bytes, rule};
    }
    if (on_progress_)
      on_progress_(walker.next_position() - at);
    at = walker.next_position();
  }
}

caf::expected<uint64_t> verifier::judge(const file& from,
                                        const std::string& name,
                                        const batch_walker& at, bool is_last) {
  auto size = from.size();
  auto intact = find_intact_batch(from, at.position() + 1, size, next_ + 1);
  if (!intact)
    return intact.error();
  auto lost = has_lost_blocks(from, at.position(), *intact, next_);
  if (!lost)
    return lost.error();
  auto bytes = *intact - at.position();
  auto is_unclean = !state_ || !state_->is_clean;
  auto is_end = *intact == size && (is_last || at.is_torn());
  if (is_unclean && next_ >= synced_ && (is_end || *lost)) {
    result_.add({false, path(name), at.position(), size - at.position(), next_,
                 fmt::format("a crash's torn end ({}): the next open cuts it "
                             "and keeps it aside",
                             what(at.failure()))});
    ends_torn_ = true;
    return size;
  }
  result_.add(
    {true, path(name), at.position(), bytes, next_, what(at.failure())});
  return *intact;
}

void verifier::check_records(const std::string& name, const batch_walker& at) {
  const auto& batch = at.batch();
  result_.records += static_cast<uint64_t>(batch.header.record_count);
  record_reader reader{batch};
  placed_record one;
  while (reader.next(one))
    ;
  // With the checksum right, whoever wrote it wrote it so.
  if (reader.failure())
    result_.add({true, path(name), at.position(), batch.encoded_bytes(),
                 batch.header.base_offset, what(reader.failure())});
}

void verifier::read_index(const segment_name& name, uint64_t size) {
  entries_.clear();
  next_entry_ = 0;
  auto index_name = index_file_name(name);
  if (!disk_.exists(path(index_name)))
    return;
  auto content = disk_.read_all(path(index_name));
  auto decoded = content ? segment_index::decode(*content, name, size)
                         : caf::expected<segment_index>{content.error()};
  if (decoded)
    entries_ = decoded->entries();
  else
    remark(index_name, what(decoded.error()) + ". It is made anew when used");
}

void verifier::check_index(const segment_name& name, const batch_walker& at) {
  if (next_entry_ == entries_.size()
      || entries_[next_entry_].position > at.position())
    return;
  const auto& x = entries_[next_entry_++];
  if (x.position == at.position() && x.offset == at.batch().header.base_offset)
    return;
  remark(index_file_name(name),
         fmt::format("says that byte {} is offset {}. It is made anew when "
                     "used",
                     x.position, x.offset));
  entries_.clear();
  next_entry_ = 0;
}

void verifier::check_end() {
  if (ends_torn_)
    return;
  if (next_ < synced_)
    result_.add({true, result_.directory, 0, 0, next_,
                 fmt::format("the log ends at offset {}, but everything below "
                             "offset {} was synced",
                             next_, synced_)});
  else if (state_ && state_->is_clean
           && (next_ != state_->end || last_bytes_ != state_->bytes))
    result_.add({true, result_.directory, 0, 0, next_,
                 fmt::format("the log ends at offset {}, its last segment at "
                             "byte {}, but it was stopped at offset {}, byte "
                             "{}",
                             next_, last_bytes_, state_->end, state_->bytes)});
}

} // namespace

void verification::add(finding x) {
  damages += x.is_damage ? 1 : 0;
  if (findings.size() < findings_max)
    findings.push_back(std::move(x));
}

caf::expected<verification> verify_log(
  files& disk, const std::string& directory,
  const std::function<void(uint64_t)>& on_progress) {
  return verifier{disk, directory, on_progress}.run();
}

bool is_log_directory(const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(), [](const auto& x) {
    return x == "state" || parse_log_file_name(x).has_value();
  });
}

} // namespace troupe::storage
