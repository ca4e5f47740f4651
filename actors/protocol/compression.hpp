#pragma once

#include <cstddef>
#include <string_view>

#include <caf/expected.hpp>

#include "actors/protocol/bytes.hpp"
#include "config/settings.hpp"

/// Compression of the records of a batch, as the Kafka protocol has it.
namespace troupe {

/// 'zstd'; 'unknown' for a number that no codec has.
const char* to_string(codec x);

/// `in` compressed; null when that is not smaller, as always with `none`.
bytes compress(const compression& how, std::string_view in);

/// What was compressed by `how`. `record_too_large` when it has more than
/// `bytes_max`, at the cost of no more memory than that; `corrupt_batch` when
/// it is damaged or `how` is no codec.
caf::expected<bytes> decompress(codec how, std::string_view in,
                                size_t bytes_max);

} // namespace troupe
