#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "actors/storage/segment.hpp"
#include "config/settings.hpp"

namespace troupe::storage {

/// One pass of compaction over closed segments, done in steps: first it learns
/// which record of each key is the last, then it writes neighbouring segments
/// anew, without the others, into one file aside. Offsets stay. What stays,
/// too: records without key, control batches, tombstones until their time, of
/// each producer's last batch the header, and the header of the last batch of
/// each file, so that readers get to its end. What was compressed is compressed
/// again.
///
/// Source: the log cleaner of Apache Kafka, with its delete horizon.
class compaction {
public:
  /// A closed segment and the offset behind it.
  struct source {
    segment_ptr from;
    int64_t end = 0;
  };

  /// A finished file that is to take the place of segments.
  struct replacement {
    /// How many, from `first` (a base offset) on.
    int64_t first = 0;
    size_t count = 0;
    segment_name name;
    /// Where it is now; empty: nothing was to be removed, all stays.
    std::string written_to;
    segment_index index;
  };

  /// Begins a pass over `sources`, ascending, of which those that end at or
  /// below `clean_below` were in a pass before.
  compaction(files_ptr disk, std::string directory, std::vector<source> sources,
             int64_t clean_below, const topic_settings& config, int64_t now_ms);

  /// Removes what it wrote aside and nobody took.
  ~compaction();

  compaction(const compaction&) = delete;
  compaction& operator=(const compaction&) = delete;

  /// Works until about `bytes_max` bytes were read or a replacement is ready.
  caf::expected<std::optional<replacement>> step(size_t bytes_max);

  bool is_done() const noexcept {
    return is_done_;
  }

  /// Everything below was compacted when it is done.
  int64_t end() const noexcept;

private:
  enum class phase { learning, writing };

  /// Walks the batches of the current source on; adds to `done` what it read.
  caf::error walk(size_t bytes_max, uint64_t& done);

  /// Notes keys and producer of one batch.
  caf::error learn(const record_batch& batch, bool is_clean);

  /// Opens the file aside that takes the next sources.
  caf::error begin_group();

  /// Whether the file has enough, when the current source ends with a batch of
  /// `more_bytes`.
  bool is_enough(size_t more_bytes) const;

  /// Writes what stays of one batch.
  caf::error write(const record_batch& batch, bool is_last);
  bool stays(const batch_header& header, const placed_record& x) const;
  bool is_last_of_producer(const batch_header& x) const;
  caf::error emit(const record_batch& batch);
  caf::expected<replacement> finish_group();

  files_ptr disk_;
  std::string directory_;
  std::vector<source> sources_;
  int64_t clean_below_;
  topic_settings config_;
  int64_t now_ms_;
  phase phase_ = phase::learning;
  bool is_done_ = false;

  /// Where the next step goes on: a segment, and a position in it.
  size_t source_ = 0;
  uint64_t position_ = 0;
  int64_t next_offset_ = 0;

  std::unordered_map<std::string, int64_t> last_of_key_;
  size_t key_bytes_ = 0;
  /// Keys at and above are not known: the pass had no room for more.
  int64_t known_below_ = std::numeric_limits<int64_t>::max();
  std::unordered_map<int64_t, int64_t> last_of_producer_;
  bool has_all_producers_ = true;

  /// The group that is written now begins at source `first_`...
  size_t first_ = 0;
  /// ... and ends with the current one.
  bool group_closes_ = false;
  std::string written_to_;
  file_ptr output_;
  segment_index index_;
  bool has_changes_ = false;
};

} // namespace troupe::storage
