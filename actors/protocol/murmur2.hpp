#pragma once

#include <cstdint>
#include <string_view>

namespace troupe {

/// MurmurHash2 of 32 bits with the seed that Kafka's clients use: what a key or
/// a group hashes to is the same for every client, in any language. Source:
/// `Utils.murmur2` of Apache Kafka.
int32_t murmur2(std::string_view data) noexcept;

/// Clears the sign bit, so that a remainder is never negative. Source:
/// `Utils.toPositive` of Apache Kafka (not the absolute value).
constexpr uint32_t to_positive(int32_t x) noexcept {
  return static_cast<uint32_t>(x) & 0x7FFFFFFFu;
}

} // namespace troupe
