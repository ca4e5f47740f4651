#include "actors/protocol/ids.hpp"

#include <charconv>
#include <cstdio>

namespace troupe {

namespace {

/// The finalizer of SplitMix64: a bijection, so distinct inputs stay distinct.
uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

} // namespace

std::string to_string(const uuid& x) {
  char buf[33];
  std::snprintf(buf, sizeof buf, "%016llx%016llx",
                static_cast<unsigned long long>(x.high),
                static_cast<unsigned long long>(x.low));
  return buf;
}

std::optional<uuid> parse_uuid(std::string_view text) {
  uuid result;
  if (text.size() != 32
      || text.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return std::nullopt;
  std::from_chars(text.data(), text.data() + 16, result.high, 16);
  std::from_chars(text.data() + 16, text.data() + 32, result.low, 16);
  return result;
}

uuid derive_uuid(const uuid& seed, uint64_t index) {
  return {mix(seed.high ^ mix(seed.low)), mix(seed.low) ^ mix(index)};
}

std::string to_string(const topic_partition& x) {
  return to_string(x.topic) + "-" + std::to_string(x.partition);
}

} // namespace troupe
