#include "actors/protocol/record_size.hpp"

namespace troupe {

namespace {

/// Bytes of a varint: at most, of an int32 and of an int64.
constexpr uint64_t varint32_max = 5;
constexpr uint64_t varint64_max = 10;

/// What is counted of a record however it is encoded.
uint64_t content_bytes(const record& x) {
  uint64_t result = x.key.size() + x.value.size();
  for (auto& header : x.headers)
    result += header.name.size() + header.value.size();
  return result;
}

} // namespace

uint64_t encoded_bytes_max(const record& x) {
  // Length, attributes, timestamp, offset, key, value, number of headers.
  constexpr auto fixed = 5 * varint32_max + 1 + varint64_max;
  return content_bytes(x) + fixed + x.headers.size() * 2 * varint32_max;
}

uint64_t batch_bytes_min(const record& x) {
  return batch_header::encoded_bytes + 7 + content_bytes(x)
         + x.headers.size() * 2;
}

} // namespace troupe
