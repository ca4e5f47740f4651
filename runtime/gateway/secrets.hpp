#pragma once

#include "actors/handlers/option_reader.hpp"

namespace troupe {

/// Secrets of this process's environment and of this machine's files. A file
/// that others than its owner can read is refused (`not_allowed`), so is what
/// is not there or empty (`invalid_argument`). Of a file the first line counts.
secret_source machine_secrets();

} // namespace troupe
