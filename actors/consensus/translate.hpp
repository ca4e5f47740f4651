#pragma once

#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "actors/consensus/entries.hpp"
#include "actors/consensus/messages.hpp"

#include "actors/consensus/libraft.hpp"

/// Values of this folder as libraft's structures, and back. What libraft frees
/// comes from its own allocator.
namespace troupe::consensus {

/// What libraft's number means: `not_leader`, `not_available`,
/// `invalid_argument`, or `consensus_failed`.
caf::error to_error(int code, const char* what);

/// Fails when ids or addresses repeat or are missing. The caller closes it or
/// hands it to libraft.
caf::expected<raft_configuration> to_library(const configuration& x);
configuration from_library(const raft_configuration& x);

/// As the data of an entry.
caf::expected<std::string> encode_configuration(const configuration& x);
/// The caller closes it or hands it to libraft.
caf::expected<raft_configuration> decode_configuration(const std::string& x);

caf::expected<raft_snapshot_metadata> to_library(const snapshot& x);

/// Refers to the data of `entries`, which has to live as long; `batch` is what
/// libraft frees, or hands back to be freed, when it is done with them.
std::vector<raft_entry> to_library(const std::vector<entry>& entries,
                                   void* batch);

} // namespace troupe::consensus
