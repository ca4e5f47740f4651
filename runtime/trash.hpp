#pragma once

#include <cstdint>
#include <string>

#include "actors/storage/files.hpp"

namespace troupe {

/// Removes directories whole or not at all: they are moved away first, so that
/// a power cut does not leave a part of one where it would be taken for a log.
class trash {
public:
  explicit trash(storage::files_ptr disk) : disk_(std::move(disk)) {}

  /// What a process that ended was still removing.
  caf::error empty();

  /// Moves `path` away for good, then removes what is in it.
  caf::error throw_away(const std::string& path);

private:
  storage::files_ptr disk_;
  uint64_t thrown_ = 0;
};

} // namespace troupe
