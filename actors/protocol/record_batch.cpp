#include "actors/protocol/record_batch.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "actors/protocol/compression.hpp"
#include "actors/protocol/crc32c.hpp"
#include "actors/protocol/encoding.hpp"

namespace troupe {

namespace {

constexpr int8_t magic_v2 = 2;
/// `batchLength` counts from behind itself.
constexpr size_t uncounted_bytes = 12;
/// The checksum covers all from here on.
constexpr size_t attributes_position = 21;

// -- writing ---------------------------------------------------------------

void put_sized(std::string& out, const bytes& x) {
  put_varint(out, x.is_null() ? -1 : static_cast<int64_t>(x.size()));
  out += x.view();
}

void put_record(std::string& out, const record& x, int64_t timestamp_delta,
                int64_t offset_delta, std::string& scratch) {
  scratch.clear();
  scratch += '\0'; // attributes: none are defined
  put_varint(scratch, timestamp_delta);
  put_varint(scratch, offset_delta);
  put_sized(scratch, x.key);
  put_sized(scratch, x.value);
  put_varint(scratch, static_cast<int64_t>(x.headers.size()));
  for (const auto& h : x.headers) {
    put_varint(scratch, static_cast<int64_t>(h.name.size()));
    scratch += h.name;
    put_sized(scratch, h.value);
  }
  put_varint(out, static_cast<int64_t>(scratch.size()));
  out += scratch;
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

// -- reading ---------------------------------------------------------------

/// Walks the bytes of one record; `ok` turns false at the first fault.
struct record_cursor {
  std::string_view all;
  size_t position;
  size_t end;
  bool ok = true;

  int64_t integer() {
    auto x = get_varint(all.substr(0, end), position);
    ok = ok && x.has_value();
    return ok ? *x : 0;
  }

  /// The position of the `length` bytes that come next, which are skipped.
  size_t skip(int64_t length) {
    auto result = position;
    ok = ok && length >= 0 && static_cast<uint64_t>(length) <= end - position;
    if (ok)
      position += static_cast<size_t>(length);
    return result;
  }

  bytes sized(const bytes& owner) {
    auto length = integer();
    if (!ok || length == -1)
      return {};
    auto first = skip(length);
    return ok ? owner.slice(first, static_cast<size_t>(length)) : bytes{};
  }
};

caf::error corrupt(const batch_header& x, std::string_view fault) {
  return make_error(ec::corrupt_batch, fmt::format("batch at offset {}: {}",
                                                   x.base_offset, fault));
}

/// `x`, which has a text, said of the batch.
caf::error about(const batch_header& header, const caf::error& x) {
  return make_error(code_of(x),
                    fmt::format("batch at offset {}: {}", header.base_offset,
                                x.context().get_as<std::string>(0)));
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
  std::string scratch;
  auto next = like.base_offset;
  for (const auto& x : records) {
    if (x.offset < next || x.offset > last_offset)
      throw std::invalid_argument("the offsets of a batch ascend");
    next = x.offset + 1;
    put_record(encoded, x.content,
               x.content.timestamp_ms - header.base_timestamp_ms,
               x.offset - like.base_offset, scratch);
  }
  result.records = bytes{std::move(encoded)};
  header.crc = checksum_of(result);
  return result;
}

record_batch make_batch(const std::vector<record>& records,
                        const producer_stamp& producer, int64_t base_offset) {
  if (records.empty())
    throw std::invalid_argument("a batch holds at least one record");
  batch_header like;
  like.base_offset = base_offset;
  like.producer_id = producer.producer_id;
  like.producer_epoch = producer.producer_epoch;
  like.base_sequence = producer.base_sequence;
  std::vector<placed_record> placed;
  placed.reserve(records.size());
  for (const auto& x : records)
    placed.push_back({base_offset + static_cast<int64_t>(placed.size()), x});
  return make_sparse_batch(
    placed, like, base_offset + static_cast<int64_t>(placed.size()) - 1);
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
  result.records = buffer.slice(batch_header::encoded_bytes,
                                size - batch_header::encoded_bytes);
  return result;
}

uint32_t checksum_of(const record_batch& batch) {
  return crc32c(batch.records.view(),
                crc32c(encode_checked_header(batch.header)));
}

caf::error check_batch(const record_batch& batch, uint64_t decompressed_max) {
  const auto& x = batch.header;
  if (auto crc = checksum_of(batch); crc != x.crc)
    return corrupt(x,
                   fmt::format("checksum {:08x}, computed {:08x}", x.crc, crc));
  if (x.record_count < 1)
    return corrupt(x, fmt::format("{} records", x.record_count));
  if (x.last_offset_delta != x.record_count - 1)
    return corrupt(x, fmt::format("{} records, but last offset delta {}",
                                  x.record_count, x.last_offset_delta));
  record_reader reader{batch, decompressed_max};
  placed_record one;
  auto max_timestamp_ms = std::numeric_limits<int64_t>::min();
  while (reader.next(one))
    max_timestamp_ms = std::max(max_timestamp_ms, one.content.timestamp_ms);
  if (reader.failure())
    return reader.failure();
  if (max_timestamp_ms != x.max_timestamp_ms)
    return corrupt(x, fmt::format("largest timestamp {}, but the header says "
                                  "{}",
                                  max_timestamp_ms, x.max_timestamp_ms));
  return caf::none;
}

record_reader::record_reader(const record_batch& batch,
                             uint64_t decompressed_max)
  : header_(batch.header), records_(batch.records) {
  if (header_.codec() == 0)
    return;
  auto decompressed = decompress(static_cast<codec>(header_.codec()),
                                 records_.view(), decompressed_max);
  if (decompressed)
    records_ = std::move(*decompressed);
  else
    failure_ = about(header_, decompressed.error());
}

bool record_reader::next(placed_record& out) {
  if (failure_)
    return false;
  auto fail = [this](std::string_view fault) {
    failure_ = corrupt(
      header_, fmt::format("record {}, byte {}: {}", read_, position_, fault));
    return false;
  };
  auto all = records_.view();
  if (read_ == header_.record_count) {
    if (position_ != all.size())
      return fail("bytes behind the last record");
    return false;
  }
  record_cursor in{all, position_, all.size()};
  auto length = in.integer();
  in.skip(length);
  if (!in.ok)
    return fail("its length goes beyond the batch");
  in.end = in.position;
  in.position -= static_cast<size_t>(length);
  if (length == 0)
    return fail("it is empty");
  ++in.position; // attributes: none are defined
  auto timestamp_delta = in.integer();
  auto offset_delta = in.integer();
  auto& x = out.content;
  x.key = in.sized(records_);
  x.value = in.sized(records_);
  auto headers = in.integer();
  // Each takes two bytes at least, so damage cannot ask for much memory.
  if (!in.ok || headers < 0
      || static_cast<uint64_t>(headers) > (in.end - in.position) / 2)
    return fail("its fields go beyond its end");
  x.headers.clear();
  for (int64_t i = 0; in.ok && i < headers; ++i) {
    auto name = in.sized(records_);
    in.ok = in.ok && !name.is_null();
    auto value = in.sized(records_);
    x.headers.push_back({name.str(), std::move(value)});
  }
  if (!in.ok || in.position != in.end)
    return fail("its fields do not fill it");
  if (offset_delta < next_delta_ || offset_delta > header_.last_offset_delta)
    return fail(fmt::format("offset delta {} after {}, last is {}",
                            offset_delta, next_delta_ - 1,
                            header_.last_offset_delta));
  x.timestamp_ms =
    (header_.attributes & batch_header::append_time) != 0
      ? header_.max_timestamp_ms
      : static_cast<int64_t>(static_cast<uint64_t>(header_.base_timestamp_ms)
                             + static_cast<uint64_t>(timestamp_delta));
  out.offset = header_.base_offset + offset_delta;
  next_delta_ = offset_delta + 1;
  position_ = in.end;
  ++read_;
  return true;
}

caf::expected<std::vector<placed_record>> read_records(const record_batch& x) {
  std::vector<placed_record> result;
  record_reader reader{x};
  placed_record one;
  while (reader.next(one))
    result.push_back(std::move(one));
  if (reader.failure())
    return reader.failure();
  return result;
}

} // namespace troupe
