#pragma once

#include <cstdint>
#include <string_view>

namespace troupe {

/// CRC-32C (Castagnoli) of `data`, going on from `crc`, the checksum of what
/// comes before it: `crc32c(b, crc32c(a))` is the checksum of a and b.
uint32_t crc32c(std::string_view data, uint32_t crc = 0);

} // namespace troupe
