#pragma once

#include <cstdint>

#include "actors/protocol/record_batch.hpp"

namespace troupe {

/// The largest number of bytes that `x` can take in a batch.
uint64_t encoded_bytes_max(const record& x);

/// The smallest encoded batch that can hold `x`.
uint64_t batch_bytes_min(const record& x);

} // namespace troupe
