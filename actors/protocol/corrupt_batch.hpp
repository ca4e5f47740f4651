#pragma once

#include <string_view>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"
#include "actors/protocol/record_batch.hpp"

namespace troupe {

/// `corrupt_batch`: what is wrong with the batch that begins with `x`.
inline caf::error corrupt(const batch_header& x, std::string_view fault) {
  return make_error(ec::corrupt_batch, fmt::format("batch at offset {}: {}",
                                                   x.base_offset, fault));
}

} // namespace troupe
