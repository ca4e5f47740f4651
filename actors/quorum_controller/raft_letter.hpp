#pragma once

#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "actors/consensus/messages.hpp"

namespace troupe {

/// A message of Raft from one member to another, by their addresses: a node
/// that lost its disk is another member, whom old letters do not concern.
struct raft_letter {
  std::string from;
  std::string to;
  consensus::message content;
};

std::string encode_letter(const raft_letter& x);

/// Errors: `unsupported_version`, `invalid_argument`.
caf::expected<raft_letter> decode_letter(std::string_view bytes);

} // namespace troupe
