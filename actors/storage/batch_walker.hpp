#pragma once

#include <cstdint>

#include <caf/error.hpp>

#include "actors/protocol/record_batch.hpp"
#include "actors/storage/files.hpp"
#include "actors/storage/leader_epochs.hpp"

namespace troupe::storage {

/// Which offsets and epochs the batches of a segment may have: base offset and
/// leader epoch are outside of a batch's checksum.
struct placement {
  /// Offsets begin here...
  int64_t first = 0;
  /// ... and each batch begins where the one before ended, unless compaction
  /// took what was between.
  bool has_gaps = true;
  /// The epochs of the log, as far as they are known; outlives the walker.
  const leader_epochs* epochs = nullptr;
  /// Batches that begin below may be of epochs that are forgotten.
  int64_t epochs_from = 0;
};

/// Walks the batches of a segment's file.
class batch_walker {
public:
  enum class status {
    /// `batch()` is there.
    batch,
    /// The regular end.
    end,
    /// The file ends within a batch, or nothing but zeros follows: what a crash
    /// leaves behind.
    torn,
    /// Something that is no batch; `failure()` tells why.
    bad,
    /// The disk refused a read.
    failed,
  };

  enum class check { header_only, checksum };

  /// Walks `[position, end)` of `from`, which outlives the walker, reading
  /// about `chunk_bytes` at a time.
  batch_walker(const file& from, uint64_t position, uint64_t end,
               size_t chunk_bytes, placement rule = {});

  /// Goes on to the next batch.
  status next(check what);

  /// Like `next` with its checksum, but what seems torn or bad is read again
  /// until two readings agree: a disk may read wrongly.
  status next_surely();

  /// The batch that `next` found; it shares a buffer with its neighbours.
  const record_batch& batch() const noexcept {
    return batch_;
  }

  /// Where that batch, or the fault, begins.
  uint64_t position() const noexcept {
    return position_;
  }

  /// Where the next one begins.
  uint64_t next_position() const noexcept {
    return next_;
  }

  /// `next` answered `torn` at last.
  bool is_torn() const noexcept {
    return is_torn_;
  }

  /// Why `next` answered `torn`, `bad` or `failed`.
  const caf::error& failure() const noexcept {
    return failure_;
  }

private:
  /// Has `length` bytes from `next_` in the buffer.
  bool fill(size_t length);

  status fault(status what, caf::error why);

  bool only_zeros_follow();

  caf::error check_place(const batch_header& x) const;

  const file* file_;
  uint64_t end_;
  size_t chunk_bytes_;
  uint64_t position_;
  uint64_t next_;
  /// `first` is the smallest base offset that the next batch may have.
  placement rule_;
  bytes buffer_;
  uint64_t buffer_position_ = 0;
  record_batch batch_;
  caf::error failure_;
  bool is_torn_ = false;
};

/// The position of the first whole, intact batch in `[position, end)` that
/// begins at `least_offset` or later; `end` when there is none.
caf::expected<uint64_t> find_intact_batch(const file& from, uint64_t position,
                                          uint64_t end, int64_t least_offset);

/// Whether in `[position, end)`, where a batch at offset `expected` should
/// begin, there are blocks that never reached the disk, as a power cut leaves
/// them: zeros over a whole aligned block of 512 bytes (the file's last one may
/// be shorter), or from `position` to the end of its block.
caf::expected<bool> has_lost_blocks(const file& from, uint64_t position,
                                    uint64_t end, int64_t expected);

} // namespace troupe::storage
