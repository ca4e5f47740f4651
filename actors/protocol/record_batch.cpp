#include "actors/protocol/record_batch.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "actors/protocol/compression.hpp"
#include "actors/protocol/corrupt_batch.hpp"
#include "actors/protocol/crc32c.hpp"
#include "actors/protocol/encoding.hpp"

namespace troupe {

namespace {

constexpr int8_t magic_v2 = 2;
/// `batchLength` counts from behind itself.
constexpr size_t uncounted_bytes = 12;
/// So that the offset behind the last one fits, too.
constexpr auto offset_max = std::numeric_limits<int64_t>::max() - 1;
/// The checksum covers all from here on.
constexpr size_t attributes_position = 21;

// -- writing ---------------------------------------------------------------

/// The head of a field: its length, or -1 for null.
int64_t length_of(const bytes& x) {
  return x.is_null() ? -1 : static_cast<int64_t>(x.size());
}

void put_sized(std::string& out, const bytes& x) {
  put_varint(out, length_of(x));
  out += x.view();
}

size_t sized_bytes(const bytes& x) {
  return varint_bytes(length_of(x)) + x.size();
}

void put_record(std::string& out, const record& x, int64_t timestamp_delta,
                int64_t offset_delta) {
  auto count = static_cast<int64_t>(x.headers.size());
  // Counted first, so that the length in front needs no second buffer.
  auto size = 1 + varint_bytes(timestamp_delta) + varint_bytes(offset_delta)
              + sized_bytes(x.key) + sized_bytes(x.value) + varint_bytes(count);
  for (const auto& h : x.headers) {
    auto name_size = static_cast<int64_t>(h.name.size());
    size += varint_bytes(name_size) + h.name.size() + sized_bytes(h.value);
  }
  put_varint(out, static_cast<int64_t>(size));
  out += '\0'; // attributes: none are defined
  put_varint(out, timestamp_delta);
  put_varint(out, offset_delta);
  put_sized(out, x.key);
  put_sized(out, x.value);
  put_varint(out, count);
  for (const auto& h : x.headers) {
    put_varint(out, static_cast<int64_t>(h.name.size()));
    out += h.name;
    put_sized(out, h.value);
  }
}

/// The 40 bytes of the header that the checksum covers.
std::string encode_checked_header(const batch_header& x) {
  std::string out;
  out.reserve(batch_header::encoded_bytes - attributes_position);
  put_big_endian(out, x.attributes);
  put_big_endian(out, x.last_offset_delta);
  put_big_endian(out, x.base_timestamp_ms);
  put_big_endian(out, x.max_timestamp_ms);
  put_big_endian(out, x.producer_id);
  put_big_endian(out, x.producer_epoch);
  put_big_endian(out, x.base_sequence);
  put_big_endian(out, x.record_count);
  return out;
}

} // namespace

record_batch make_sparse_batch(const std::vector<placed_record>& records,
                               const batch_header& like, int64_t last_offset) {
  constexpr auto delta_max = std::numeric_limits<int32_t>::max();
  if (last_offset < like.base_offset
      || last_offset - like.base_offset > delta_max
      || records.size() > static_cast<size_t>(delta_max))
    throw std::length_error("a batch holds at most 2^31 - 1 offsets");
  record_batch result;
  result.header = like;
  auto& header = result.header;
  header.attributes = static_cast<int16_t>(
    header.attributes
    & ~(batch_header::codec_mask | batch_header::append_time));
  header.last_offset_delta =
    static_cast<int32_t>(last_offset - like.base_offset);
  header.record_count = static_cast<int32_t>(records.size());
  if (!records.empty()) {
    auto by_time = [](const placed_record& x, const placed_record& y) {
      return x.content.timestamp_ms < y.content.timestamp_ms;
    };
    header.max_timestamp_ms =
      std::max_element(records.begin(), records.end(), by_time)
        ->content.timestamp_ms;
    if (!header.has_delete_horizon())
      header.base_timestamp_ms = records.front().content.timestamp_ms;
  }
  std::string encoded;
  auto next = like.base_offset;
  for (const auto& x : records) {
    if (x.offset < next || x.offset > last_offset)
      throw std::invalid_argument("the offsets of a batch ascend");
    next = x.offset + 1;
    put_record(encoded, x.content,
               x.content.timestamp_ms - header.base_timestamp_ms,
               x.offset - like.base_offset);
  }
  result.records = bytes{std::move(encoded)};
  header.crc = checksum_of(result);
  return result;
}

record_batch make_batch(const std::vector<record>& records,
                        const producer_stamp& producer, int64_t base_offset) {
  batch_builder result;
  for (const auto& x : records)
    result.add(x);
  return result.finish(producer, base_offset);
}

void batch_builder::add(const record& x) {
  if (count_ == 0)
    base_timestamp_ms_ = max_timestamp_ms_ = x.timestamp_ms;
  else if (count_ == std::numeric_limits<int32_t>::max())
    throw std::length_error("a batch holds at most 2^31 - 1 records");
  max_timestamp_ms_ = std::max(max_timestamp_ms_, x.timestamp_ms);
  put_record(encoded_, x, x.timestamp_ms - base_timestamp_ms_, count_);
  ++count_;
}

record_batch batch_builder::finish(const producer_stamp& producer,
                                   int64_t base_offset) {
  if (count_ == 0)
    throw std::invalid_argument("a batch holds at least one record");
  record_batch result;
  auto& header = result.header;
  header.base_offset = base_offset;
  header.last_offset_delta = count_ - 1;
  header.base_timestamp_ms = base_timestamp_ms_;
  header.max_timestamp_ms = max_timestamp_ms_;
  header.producer_id = producer.producer_id;
  header.producer_epoch = producer.producer_epoch;
  header.base_sequence = producer.base_sequence;
  header.record_count = count_;
  result.records = bytes{std::move(encoded_)};
  header.crc = checksum_of(result);
  *this = {};
  return result;
}

record_batch compress_batch(record_batch batch, const compression& how) {
  auto smaller = compress(how, batch.records.view());
  if (smaller.is_null())
    return batch;
  auto& header = batch.header;
  header.attributes =
    static_cast<int16_t>((header.attributes & ~batch_header::codec_mask)
                         | static_cast<int16_t>(how.codec));
  batch.records = std::move(smaller);
  header.crc = checksum_of(batch);
  return batch;
}

std::string encode_header(const record_batch& batch) {
  const auto& x = batch.header;
  std::string out;
  out.reserve(batch_header::encoded_bytes);
  put_big_endian(out, x.base_offset);
  put_big_endian(out,
                 static_cast<int32_t>(batch.encoded_bytes() - uncounted_bytes));
  put_big_endian(out, x.leader_epoch);
  put_big_endian(out, magic_v2);
  put_big_endian(out, x.crc);
  out += encode_checked_header(x);
  return out;
}

std::string encode_batch(const record_batch& batch) {
  auto out = encode_header(batch);
  out += batch.records.view();
  return out;
}

caf::expected<record_batch> parse_batch(const bytes& buffer) {
  auto in = buffer.view();
  if (in.size() < batch_header::encoded_bytes)
    return make_error(ec::corrupt_batch,
                      fmt::format("{} bytes are too few for a batch; its "
                                  "header alone has {}",
                                  in.size(), batch_header::encoded_bytes));
  record_batch result;
  auto& x = result.header;
  x.base_offset = get_big_endian<int64_t>(in, 0);
  auto length = get_big_endian<int32_t>(in, 8);
  x.leader_epoch = get_big_endian<int32_t>(in, 12);
  if (auto magic = get_big_endian<int8_t>(in, 16); magic != magic_v2)
    return corrupt(x, fmt::format("magic {}, expected 2", magic));
  x.crc = get_big_endian<uint32_t>(in, 17);
  x.attributes = get_big_endian<int16_t>(in, 21);
  x.last_offset_delta = get_big_endian<int32_t>(in, 23);
  x.base_timestamp_ms = get_big_endian<int64_t>(in, 27);
  x.max_timestamp_ms = get_big_endian<int64_t>(in, 35);
  x.producer_id = get_big_endian<int64_t>(in, 43);
  x.producer_epoch = get_big_endian<int16_t>(in, 51);
  x.base_sequence = get_big_endian<int32_t>(in, 53);
  x.record_count = get_big_endian<int32_t>(in, 57);
  constexpr auto header_length = batch_header::encoded_bytes - uncounted_bytes;
  if (length < static_cast<int32_t>(header_length))
    return corrupt(x, fmt::format("length {} is below {}, the header's own",
                                  length, header_length));
  auto size = static_cast<size_t>(length) + uncounted_bytes;
  if (size > in.size())
    return corrupt(x, fmt::format("it has {} bytes, of which {} are there",
                                  size, in.size()));
  if (x.base_offset > offset_max - std::max(x.last_offset_delta, 0))
    return corrupt(x, "its last offset does not fit 63 bits");
  result.records = buffer.slice(batch_header::encoded_bytes,
                                size - batch_header::encoded_bytes);
  return result;
}

uint32_t checksum_of(const record_batch& batch) {
  return crc32c(batch.records.view(),
                crc32c(encode_checked_header(batch.header)));
}

namespace {

caf::error check_checksum(const record_batch& x) {
  auto crc = checksum_of(x);
  if (crc == x.header.crc)
    return caf::none;
  return corrupt(x.header, fmt::format("checksum {:08x}, computed {:08x}",
                                       x.header.crc, crc));
}

caf::error misfit(const batch_header& x) {
  return corrupt(x, fmt::format("{} records, but last offset delta {}",
                                x.record_count, x.last_offset_delta));
}

caf::error check_records(const record_batch& batch, uint64_t decompressed_max) {
  const auto& x = batch.header;
  record_reader reader{batch, decompressed_max};
  record_reader::fields one;
  auto max_timestamp_ms = std::numeric_limits<int64_t>::min();
  while (reader.next(one))
    max_timestamp_ms = std::max(max_timestamp_ms, one.timestamp_ms);
  if (reader.failure())
    return reader.failure();
  if (x.record_count > 0 && max_timestamp_ms != x.max_timestamp_ms)
    return corrupt(x, fmt::format("largest timestamp {}, but the header says "
                                  "{}",
                                  max_timestamp_ms, x.max_timestamp_ms));
  return caf::none;
}

} // namespace

caf::error check_batch(const record_batch& batch, uint64_t decompressed_max) {
  const auto& x = batch.header;
  if (auto bad = check_checksum(batch))
    return bad;
  if (x.record_count < 1)
    return corrupt(x, fmt::format("{} records", x.record_count));
  if (x.last_offset_delta != x.record_count - 1)
    return misfit(x);
  return check_records(batch, decompressed_max);
}

caf::error check_kept_batch(const record_batch& batch) {
  const auto& x = batch.header;
  if (auto bad = check_checksum(batch))
    return bad;
  if (x.record_count < 0 || x.last_offset_delta < 0
      || x.last_offset_delta < x.record_count - 1)
    return misfit(x);
  return check_records(batch, decompressed_bytes_limit);
}

} // namespace troupe
