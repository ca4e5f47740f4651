#include "actors/protocol/murmur2.hpp"

#include <cstddef>

namespace troupe {

namespace {

constexpr uint32_t seed = 0x9747B28Cu;
constexpr uint32_t multiplier = 0x5BD1E995u;

uint32_t byte_at(std::string_view data, size_t index) noexcept {
  return static_cast<unsigned char>(data[index]);
}

/// Four bytes from `index` on, little endian on every machine.
uint32_t word_at(std::string_view data, size_t index) noexcept {
  return byte_at(data, index) | byte_at(data, index + 1) << 8
         | byte_at(data, index + 2) << 16 | byte_at(data, index + 3) << 24;
}

} // namespace

int32_t murmur2(std::string_view data) noexcept {
  auto hash = seed ^ static_cast<uint32_t>(data.size());
  size_t index = 0;
  for (; index + 4 <= data.size(); index += 4) {
    auto word = word_at(data, index) * multiplier;
    word ^= word >> 24;
    word *= multiplier;
    hash *= multiplier;
    hash ^= word;
  }
  if (auto rest = data.size() - index; rest > 0) {
    for (auto i = rest; i > 0; --i)
      hash ^= byte_at(data, index + i - 1) << (8 * (i - 1));
    hash *= multiplier;
  }
  hash ^= hash >> 13;
  hash *= multiplier;
  hash ^= hash >> 15;
  return static_cast<int32_t>(hash);
}

} // namespace troupe
