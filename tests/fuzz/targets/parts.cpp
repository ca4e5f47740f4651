#include "tests/fuzz/targets/parts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "actors/protocol/crc32c.hpp"
#include "actors/protocol/encoding.hpp"
#include "actors/protocol/record_batch.hpp"

namespace troupe::fuzz {

namespace {

constexpr size_t prefix_bytes = 3;
constexpr size_t crc_bytes = 4;
constexpr size_t batch_crc_position = 17;

void put_crc(std::string& out, size_t position, uint32_t crc) {
  std::string encoded;
  put_big_endian(encoded, crc);
  out.replace(position, crc_bytes, encoded);
}

} // namespace

std::vector<part> split(std::string_view input) {
  std::vector<part> result;
  while (input.size() >= prefix_bytes) {
    auto kind = static_cast<uint8_t>(input[0]);
    size_t length = get_big_endian<uint16_t>(input, 1);
    input.remove_prefix(prefix_bytes);
    length = std::min(length, input.size());
    result.push_back({kind, std::string{input.substr(0, length)}});
    input.remove_prefix(length);
  }
  return result;
}

std::string join(const std::vector<part>& parts) {
  std::string result;
  for (const auto& x : parts) {
    result += static_cast<char>(x.kind);
    put_big_endian(result, static_cast<uint16_t>(x.content.size()));
    result += x.content;
  }
  return result;
}

std::string repair_batches(std::string segment) {
  for (size_t at = 0; at < segment.size();) {
    auto batch = parse_batch(bytes{segment.substr(at)});
    if (!batch)
      break;
    put_crc(segment, at + batch_crc_position, checksum_of(*batch));
    at += batch->encoded_bytes();
  }
  return segment;
}

std::string repair_lines(std::string file) {
  auto last = file.rfind("crc ");
  if (last == std::string::npos)
    return file;
  file.resize(last);
  return file + fmt::format("crc {:08x}\n", crc32c(file));
}

std::string repair_index(std::string file) {
  if (file.size() < crc_bytes)
    return file;
  auto body = file.size() - crc_bytes;
  put_crc(file, body, crc32c(std::string_view{file}.substr(0, body)));
  return file;
}

} // namespace troupe::fuzz
