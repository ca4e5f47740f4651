#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "actors/protocol/compression.hpp"
#include "actors/protocol/corrupt_batch.hpp"
#include "actors/protocol/encoding.hpp"
#include "actors/protocol/record_batch.hpp"

namespace troupe {

namespace {

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

  /// A field behind its length; without data when it is null.
  std::string_view sized() {
    auto length = integer();
    if (!ok || length == -1)
      return {};
    auto first = skip(length);
    return ok ? all.substr(first, static_cast<size_t>(length))
              : std::string_view{};
  }
};

/// `x`, which has a text, said of the batch.
caf::error about(const batch_header& header, const caf::error& x) {
  return make_error(code_of(x),
                    fmt::format("batch at offset {}: {}", header.base_offset,
                                x.context().get_as<std::string>(0)));
}

} // namespace

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

bool record_reader::next(fields& out) {
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
  out.key = in.sized();
  out.value = in.sized();
  out.header_count = in.integer();
  // Each takes two bytes at least, so damage cannot ask for much memory.
  if (!in.ok || out.header_count < 0
      || static_cast<uint64_t>(out.header_count) > (in.end - in.position) / 2)
    return fail("its fields go beyond its end");
  out.headers = in.position;
  for (int64_t i = 0; in.ok && i < out.header_count; ++i) {
    in.ok = in.sized().data() != nullptr && in.ok;
    in.sized();
  }
  if (!in.ok || in.position != in.end)
    return fail("its fields do not fill it");
  if (offset_delta < next_delta_ || offset_delta > header_.last_offset_delta)
    return fail(fmt::format("offset delta {} after {}, last is {}",
                            offset_delta, next_delta_ - 1,
                            header_.last_offset_delta));
  out.timestamp_ms =
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

bool record_reader::next(placed_record& out) {
  fields found;
  if (!next(found))
    return false;
  auto share = [this](std::string_view x) {
    if (x.data() == nullptr)
      return bytes{};
    auto first = static_cast<size_t>(x.data() - records_.data());
    return records_.slice(first, x.size());
  };
  out.offset = found.offset;
  auto& x = out.content;
  x.key = share(found.key);
  x.value = share(found.value);
  x.timestamp_ms = found.timestamp_ms;
  x.headers.clear();
  record_cursor in{records_.view(), found.headers, position_};
  for (int64_t i = 0; i < found.header_count; ++i) {
    std::string name{in.sized()};
    x.headers.push_back({std::move(name), share(in.sized())});
  }
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
