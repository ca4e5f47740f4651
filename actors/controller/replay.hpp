#pragma once

#include "actors/controller/metadata.hpp"
#include "actors/storage/log.hpp"

namespace troupe {

/// Applies every command of `log`, from its beginning, to `state`, which is
/// new. Fails with the log's error, or with `corrupt_log` or
/// `unsupported_version` naming the offset.
caf::error replay(const storage::log& log, metadata& state);

} // namespace troupe
