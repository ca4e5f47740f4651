#pragma once

#include <functional>
#include <string>
#include <vector>

#include "actors/protocol/record_batch.hpp"
#include "actors/storage/files.hpp"

namespace troupe::simulation {

/// All intact batches of the log in `directory`, in their order: up to the
/// first bytes that are none. Not those that compaction has replaced.
std::vector<record_batch> read_batches(storage::files& disk,
                                       const std::string& directory);

} // namespace troupe::simulation
