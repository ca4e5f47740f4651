#pragma once

#include <cstdint>

namespace troupe {

/// The sequence number `steps` records after `sequence`, both 0 or more: past
/// the largest int32 it goes on at 0. Source:
/// `DefaultRecordBatch.incrementSequence` of Apache Kafka.
constexpr int32_t sequence_after(int32_t sequence, int32_t steps) noexcept {
  auto sum = static_cast<uint32_t>(sequence) + static_cast<uint32_t>(steps);
  return static_cast<int32_t>(sum & 0x7FFFFFFFu);
}

} // namespace troupe
