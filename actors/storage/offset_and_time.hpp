#pragma once

#include <cstdint>

namespace troupe::storage {

/// An answer to 'which record is the first at or after this time'.
struct offset_and_time {
  int64_t offset = 0;
  int64_t timestamp_ms = -1;

  friend bool operator==(const offset_and_time&,
                         const offset_and_time&) = default;
};

} // namespace troupe::storage
