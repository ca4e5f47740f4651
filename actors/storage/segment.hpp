#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "actors/protocol/record_batch.hpp"
#include "actors/storage/batch_walker.hpp"
#include "actors/storage/files.hpp"
#include "actors/storage/offset_and_time.hpp"
#include "actors/storage/segment_index.hpp"
#include "actors/storage/segment_name.hpp"

namespace troupe::storage {

/// One file of a log with its index. Opens the file and loads the index when
/// they are needed; an index that is missing or wrong is made anew.
class segment {
public:
  /// A segment that is on the disk, with `bytes` in it.
  segment(files_ptr disk, std::string directory, segment_name name,
          uint64_t bytes, uint64_t interval_bytes);

  /// Creates the file of a new segment.
  static caf::expected<std::shared_ptr<segment>> create(files_ptr disk,
                                                        std::string directory,
                                                        segment_name name,
                                                        uint64_t interval_bytes,
                                                        int64_t now_ms);

  const segment_name& name() const noexcept {
    return name_;
  }

  int64_t base() const noexcept {
    return name_.base;
  }

  uint64_t bytes() const noexcept {
    return bytes_;
  }

  /// The file's path.
  std::string path() const;

  std::string index_path() const;

  /// Opens the file when it is not open.
  caf::expected<file_ptr> open();

  /// The file when it is open, else null.
  const file_ptr& opened() const noexcept {
    return file_;
  }

  /// Loads the index, or makes it anew.
  caf::expected<const segment_index*> index();

  /// What the index says of the segment; stays when `cool` drops the index.
  caf::expected<segment_index::summary> about();

  /// How often an index was made anew.
  uint32_t indexes_rebuilt() const noexcept {
    return indexes_rebuilt_;
  }

  /// Appends `batch`, whose offset and epoch are set. On an error nothing was
  /// appended; when not even that could be had, `is_broken`.
  caf::error append(const record_batch& batch);

  bool is_broken() const noexcept {
    return is_broken_;
  }

  /// Whole batches from the one that ends at or above `offset` on: at most
  /// `max_bytes` of them, but at least one if there is one.
  caf::expected<std::vector<record_batch>> read(int64_t offset,
                                                size_t max_bytes);

  /// The first record at or after both `timestamp_ms` and `start`.
  caf::expected<std::optional<offset_and_time>> find_time(int64_t timestamp_ms,
                                                          int64_t start);

  /// Where the first batch begins that ends at or above `offset`, and its base
  /// offset (`offset` itself when there is none).
  struct place {
    uint64_t position = 0;
    int64_t base_offset = 0;
  };
  caf::expected<place> locate(int64_t offset);

  /// Takes an index that a scan has made.
  void set_index(segment_index index);

  /// Writes the index file, not durably.
  caf::error save_index();

  /// Cuts the file at `position`, durably, and makes the index anew.
  caf::error cut(uint64_t position);

  /// Renames the files to those of `name`.
  caf::error rename(segment_name name);

  /// Removes the files.
  caf::error remove();

  /// Closes the file and drops the index; both come back when needed.
  void cool();

  void interval_bytes(uint64_t value) noexcept {
    interval_bytes_ = value;
  }

  /// Where its batches may be, from `first` on.
  placement rule(int64_t first, const leader_epochs* epochs = nullptr,
                 int64_t epochs_from = 0) const {
    return {first, name_.is_compacted(), epochs, epochs_from};
  }

  /// `corrupt_log` that says where: this file, `position`.
  caf::error corrupt(uint64_t position, const caf::error& fault) const;

private:
  caf::error rebuild_index();

  /// A walker that stands before the entry's batch, once the index has proven
  /// right there.
  caf::expected<batch_walker> walk_from(
    index_entry (segment_index::*find)(int64_t) const, int64_t key,
    size_t chunk_bytes);

  /// What a walker's answer other than a batch means for a reader.
  caf::error reading_failed(const batch_walker& from,
                            batch_walker::status why) const;

  files_ptr disk_;
  std::string directory_;
  segment_name name_;
  uint64_t bytes_;
  uint64_t interval_bytes_;
  file_ptr file_;
  std::optional<segment_index> index_;
  std::optional<segment_index::summary> about_;
  uint32_t indexes_rebuilt_ = 0;
  bool is_broken_ = false;
};

using segment_ptr = std::shared_ptr<segment>;

} // namespace troupe::storage
