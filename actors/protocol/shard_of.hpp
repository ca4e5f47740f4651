#pragma once

#include <cstdint>
#include <string_view>

#include "actors/protocol/murmur2.hpp"

namespace troupe {

/// The shard of `__commit_offsets` that keeps the positions of `group`; the
/// number of `shards` (at least 1) is fixed when the data directory is made.
inline uint32_t shard_of(std::string_view group, uint32_t shards) noexcept {
  return to_positive(murmur2(group)) % shards;
}

} // namespace troupe
