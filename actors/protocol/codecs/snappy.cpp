#include <algorithm>
#include <string>

#include <snappy.h>

#include "actors/protocol/codecs/codecs.hpp"
#include "actors/protocol/encoding.hpp"

namespace troupe::codecs {

namespace {

/// What a xerial stream begins with; two versions follow, both 1.
constexpr std::string_view magic{"\x82SNAPPY\0", 8};
constexpr int32_t framing_version = 1;
constexpr size_t header_bytes = 16;
/// Bytes that snappy-java puts into a block.
constexpr size_t block_bytes = 32 * 1024;

/// Decompresses one block.
std::string add_block(std::string_view in, output_buffer& out) {
  size_t size = 0;
  if (!snappy::GetUncompressedLength(in.data(), in.size(), &size))
    return "a block does not say how large it is";
  if (size > out.bytes_max() - out.size()) {
    out.overflow();
    return "";
  }
  // Never to a null address, even when there is nothing to write.
  out.reserve(out.size() + std::max<size_t>(size, 1));
  if (!snappy::RawUncompress(in.data(), in.size(), out.free_begin()))
    return "a block is damaged";
  out.add(size);
  return "";
}

} // namespace

bytes compress_snappy(std::string_view in) {
  std::string out{magic};
  put_big_endian(out, framing_version);
  put_big_endian(out, framing_version);
  auto most = snappy::MaxCompressedLength(std::min(in.size(), block_bytes));
  for (size_t at = 0; at < in.size(); at += block_bytes) {
    auto block = in.substr(at, block_bytes);
    auto start = out.size();
    out.resize(start + sizeof(int32_t) + most);
    size_t size = 0;
    snappy::RawCompress(block.data(), block.size(),
                        out.data() + start + sizeof(int32_t), &size);
    std::string length;
    put_big_endian(length, static_cast<int32_t>(size));
    out.replace(start, length.size(), length);
    out.resize(start + length.size() + size);
    if (out.size() >= in.size())
      break;
  }
  return out.size() < in.size() ? bytes{std::move(out)} : bytes{};
}

std::string decompress_snappy(std::string_view in, output_buffer& out) {
  if (!in.starts_with(magic))
    return add_block(in, out);
  while (!in.empty()) {
    // Streams that were joined have another header in their middle.
    if (in.starts_with(magic)) {
      if (in.size() < header_bytes)
        return ends_early;
      if (auto version = get_big_endian<int32_t>(in, 12);
          version > framing_version)
        return "its framing needs version " + std::to_string(version);
      in.remove_prefix(header_bytes);
      continue;
    }
    if (in.size() < sizeof(int32_t))
      return ends_early;
    auto length = get_big_endian<int32_t>(in, 0);
    in.remove_prefix(sizeof(int32_t));
    if (length < 0 || static_cast<size_t>(length) > in.size())
      return "a block goes beyond its end";
    auto size = static_cast<size_t>(length);
    if (auto fault = add_block(in.substr(0, size), out);
        !fault.empty() || out.is_over())
      return fault;
    in.remove_prefix(size);
  }
  return "";
}

} // namespace troupe::codecs
