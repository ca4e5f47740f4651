#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>
#include <caf/meta/type_name.hpp>

#include "actors/protocol/bytes.hpp"
#include "actors/protocol/errors.hpp"
#include "config/settings.hpp"

namespace troupe {

/// A name and a value that travel with a record; the value may be null.
struct record_header {
  std::string name;
  bytes value;

  friend bool operator==(const record_header&, const record_header&) = default;
};

/// What a producer posts: key and value may be null. A timestamp is in
/// milliseconds since the epoch, -1 stands for 'now'.
struct record {
  bytes key;
  bytes value;
  std::vector<record_header> headers;
  int64_t timestamp_ms = -1;

  friend bool operator==(const record&, const record&) = default;
};

/// A record in its place in a partition.
struct placed_record {
  int64_t offset = 0;
  record content;
};

/// The fixed part of a record batch v2: the 61 bytes before its records.
/// Source: the Kafka protocol, 'Record Batch'.
struct batch_header {
  /// Bytes of the encoded header.
  static constexpr size_t encoded_bytes = 61;

  int64_t base_offset = 0;
  /// The leader epoch under which the batch was appended.
  int32_t leader_epoch = 0;
  /// CRC-32C of the encoded batch from `attributes` to its end: base offset and
  /// leader epoch can change without it.
  uint32_t crc = 0;
  /// Bits 0-2 codec, 3 timestamp type, 4 transactional, 5 control, 6 delete
  /// horizon.
  int16_t attributes = 0;
  int32_t last_offset_delta = 0;
  int64_t base_timestamp_ms = 0;
  int64_t max_timestamp_ms = 0;
  /// -1 for a producer that is not idempotent.
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;
  int32_t base_sequence = -1;
  int32_t record_count = 0;

  static constexpr int16_t codec_mask = 0x07;
  static constexpr int16_t append_time = 0x08;
  static constexpr int16_t transactional = 0x10;
  static constexpr int16_t control = 0x20;
  static constexpr int16_t delete_horizon = 0x40;

  int64_t last_offset() const noexcept {
    return base_offset + last_offset_delta;
  }

  /// How the records are compressed, a `troupe::codec`; 0: not at all.
  int codec() const noexcept {
    return attributes & codec_mask;
  }

  /// Marks of a protocol, not records of a user.
  bool is_control() const noexcept {
    return (attributes & control) != 0;
  }

  /// Compaction put the time from which on the batch's tombstones may go into
  /// `base_timestamp_ms`; timestamps still count from there.
  bool has_delete_horizon() const noexcept {
    return (attributes & delete_horizon) != 0;
  }

  friend bool operator==(const batch_header&, const batch_header&) = default;
};

/// A batch on its way: the header by value, since an append gives it its base
/// offset, and the encoded records, perhaps compressed, as a shared buffer that
/// nobody changes.
struct record_batch {
  batch_header header;
  bytes records;

  /// Bytes of the whole batch on disk and on the wire.
  size_t encoded_bytes() const noexcept {
    return batch_header::encoded_bytes + records.size();
  }
};

/// What a batch says of its producer.
struct producer_stamp {
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;
  int32_t base_sequence = -1;
};

/// Encodes records one by one: no copy of them is kept.
class batch_builder {
public:
  /// Encodes `x`, which has a timestamp, at the next offset.
  void add(const record& x);

  int32_t count() const noexcept {
    return count_;
  }

  /// The batch of what was added (at least one record); offsets count from
  /// `base_offset`. The builder begins anew.
  record_batch finish(const producer_stamp& producer = {},
                      int64_t base_offset = 0);

private:
  std::string encoded_;
  int32_t count_ = 0;
  int64_t base_timestamp_ms_ = 0;
  int64_t max_timestamp_ms_ = 0;
};

/// Encodes `records` (at least one), all with a timestamp; offsets count from
/// `base_offset`.
record_batch make_batch(const std::vector<record>& records,
                        const producer_stamp& producer = {},
                        int64_t base_offset = 0);

/// Like `make_batch`, for records with gaps between their offsets, as
/// compaction leaves them; ascending, perhaps none. All else is as in `like`,
/// `last_offset` keeps the end of the batch where it was.
record_batch make_sparse_batch(const std::vector<placed_record>& records,
                               const batch_header& like, int64_t last_offset);

/// `batch`, not compressed before, with its records compressed; unchanged when
/// that would not make it smaller.
record_batch compress_batch(record_batch batch, const compression& how);

/// The 61 bytes of `batch`'s header, as they are on disk.
std::string encode_header(const record_batch& batch);

/// Header and records as one run of bytes.
std::string encode_batch(const record_batch& batch);

/// Reads one batch from the beginning of `buffer`, sharing it. Fails with
/// `corrupt_batch` when the buffer is too short, the magic is not 2, or sizes
/// do not agree. Does not look at the checksum or the records: see
/// `check_batch`.
caf::expected<record_batch> parse_batch(const bytes& buffer);

/// Whether a batch is as a producer may send it: checksum, counts, offsets
/// without gaps and every record in order, also within a compressed one.
/// `corrupt_batch` with the first fault found; `record_too_large` when its
/// records have more than `decompressed_max` bytes decompressed. Batches that
/// compaction thinned out are not, by this rule.
caf::error check_batch(const record_batch& batch,
                       uint64_t decompressed_max = decompressed_bytes_limit);

/// Whether a batch is as a log may hold it: like `check_batch`, but compaction
/// may have taken records, even all of them.
caf::error check_kept_batch(const record_batch& batch);

/// The checksum that `batch` should carry.
uint32_t checksum_of(const record_batch& batch);

/// Walks the records of a batch; keys, values and headers share its buffer, or
/// the one into which it was decompressed.
class record_reader {
public:
  /// Decompresses the records, if need be: `failure` when that is not possible.
  explicit record_reader(const record_batch& batch,
                         uint64_t decompressed_max = decompressed_bytes_limit);

  /// A record where it lies in the batch, for a look only: nothing is copied
  /// or shared. A null key or value has no data.
  struct fields {
    int64_t offset = 0;
    int64_t timestamp_ms = 0;
    std::string_view key;
    std::string_view value;
    int64_t header_count = 0;
    /// The position of its first header.
    size_t headers = 0;
  };

  /// Reads the next record into `out`; false at the end or at damage.
  bool next(placed_record& out);
  bool next(fields& out);

  /// Why `next` stopped; none at the regular end.
  const caf::error& failure() const noexcept {
    return failure_;
  }

private:
  batch_header header_;
  bytes records_;
  size_t position_ = 0;
  int32_t read_ = 0;
  int64_t next_delta_ = 0;
  caf::error failure_;
};

/// All records of a batch, or what is wrong with it.
caf::expected<std::vector<placed_record>> read_records(const record_batch& x);

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, record_header& x) {
  return f(caf::meta::type_name("record_header"), x.name, x.value);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, record& x) {
  return f(caf::meta::type_name("record"), x.key, x.value, x.headers,
           x.timestamp_ms);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, placed_record& x) {
  return f(caf::meta::type_name("placed_record"), x.offset, x.content);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, batch_header& x) {
  return f(caf::meta::type_name("batch_header"), x.base_offset, x.leader_epoch,
           x.crc, x.attributes, x.last_offset_delta, x.base_timestamp_ms,
           x.max_timestamp_ms, x.producer_id, x.producer_epoch, x.base_sequence,
           x.record_count);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, record_batch& x) {
  return f(caf::meta::type_name("record_batch"), x.header, x.records);
}

} // namespace troupe
