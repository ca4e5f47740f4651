#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

/// Integers as bytes: big-endian of fixed size, and the zigzag varints of
/// records (Protocol Buffers' encoding).
namespace troupe {

/// Appends `x` in big-endian order.
template <class T>
void put_big_endian(std::string& out, T x) {
  auto bits = static_cast<std::make_unsigned_t<T>>(x);
  for (int shift = 8 * (static_cast<int>(sizeof(T)) - 1); shift >= 0;
       shift -= 8)
    out += static_cast<char>(static_cast<uint8_t>(bits >> shift));
}

/// Reads a `T` at `position`; the caller has checked that it is there.
template <class T>
T get_big_endian(std::string_view in, size_t position) {
  std::make_unsigned_t<T> bits = 0;
  for (size_t i = 0; i < sizeof(T); ++i)
    bits = static_cast<std::make_unsigned_t<T>>(
      (static_cast<uint64_t>(bits) << 8)
      | static_cast<uint8_t>(in[position + i]));
  return static_cast<T>(bits);
}

/// Appends `x`, zigzag, 7 bits a byte, the lowest first.
inline void put_varint(std::string& out, int64_t x) {
  auto bits = (static_cast<uint64_t>(x) << 1) ^ static_cast<uint64_t>(x >> 63);
  char buffer[10];
  size_t size = 0;
  for (; bits >= 0x80; bits >>= 7)
    buffer[size++] = static_cast<char>(static_cast<uint8_t>(bits | 0x80));
  buffer[size++] = static_cast<char>(static_cast<uint8_t>(bits));
  out.append(buffer, size);
}

/// Bytes that `put_varint` takes for `x`.
inline size_t varint_bytes(int64_t x) {
  auto bits = (static_cast<uint64_t>(x) << 1) ^ static_cast<uint64_t>(x >> 63);
  size_t result = 1;
  for (; bits >= 0x80; bits >>= 7)
    ++result;
  return result;
}

/// Reads what `put_varint` wrote and moves `position` behind it; nothing when
/// the bytes end early or hold more than 64 bits.
inline std::optional<int64_t> get_varint(std::string_view in,
                                         size_t& position) {
  // Most are small: lengths and deltas.
  if (position < in.size() && static_cast<uint8_t>(in[position]) < 0x80) {
    auto byte = static_cast<int64_t>(in[position++]);
    return (byte >> 1) ^ -(byte & 1);
  }
  uint64_t bits = 0;
  for (int shift = 0; shift < 64 && position < in.size(); shift += 7) {
    auto byte = static_cast<uint8_t>(in[position++]);
    if (shift == 63 && byte > 1)
      return std::nullopt;
    bits |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0)
      return static_cast<int64_t>(bits >> 1) ^ -static_cast<int64_t>(bits & 1);
  }
  return std::nullopt;
}

} // namespace troupe
