#pragma once

#include <cstdint>

#include <caf/error.hpp>

namespace troupe::storage {

/// The room that all logs of a node share: what may be appended before the disk
/// is full. Any thread may call it.
class room {
public:
  virtual ~room() = default;

  /// Asks for room for an append to a topic of users; none: there is.
  /// `storage_full` names the limit that is reached, and nothing was taken.
  virtual caf::error take(uint64_t bytes) = 0;

  /// A log became so many bytes longer or shorter, by other means.
  virtual void grow(int64_t bytes) = 0;
};

} // namespace troupe::storage
