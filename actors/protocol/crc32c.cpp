#include "actors/protocol/crc32c.hpp"

#include <algorithm>

#include <isa-l/crc.h>

namespace troupe {

uint32_t crc32c(std::string_view data, uint32_t crc) {
  // ISA-L takes lengths as int and leaves both inversions to its caller.
  constexpr size_t piece_max = 1u << 30;
  crc = ~crc;
  while (!data.empty()) {
    auto piece = data.substr(0, std::min(data.size(), piece_max));
    // ISA-L only reads; its C interface lacks the const.
    auto* first =
      reinterpret_cast<unsigned char*>(const_cast<char*>(piece.data()));
    crc = crc32_iscsi(first, static_cast<int>(piece.size()), crc);
    data.remove_prefix(piece.size());
  }
  return ~crc;
}

} // namespace troupe
