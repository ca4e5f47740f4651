#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <caf/expected.hpp>

#include "actors/consensus/entries.hpp"

/// What servers say to each other. `version` and `features` are the library's:
/// they let servers of different age work together.
namespace troupe::consensus {

struct request_vote {
  uint8_t version = 0;
  uint64_t term = 0;
  uint64_t candidate = 0;
  uint64_t last_index = 0;
  uint64_t last_term = 0;
  /// Leadership is handed over: a living leader does not count.
  bool disrupts_leader = false;
  bool is_pre_vote = false;

  friend bool operator==(const request_vote&, const request_vote&) = default;
};

struct vote_result {
  uint8_t version = 0;
  uint64_t term = 0;
  bool is_granted = false;
  bool is_pre_vote = false;
  uint16_t features = 0;
  uint16_t capacity = 0;

  friend bool operator==(const vote_result&, const vote_result&) = default;
};

struct append_entries {
  uint8_t version = 0;
  uint64_t term = 0;
  uint64_t previous_index = 0;
  uint64_t previous_term = 0;
  uint64_t commit_index = 0;
  /// Those after `previous_index`; none: a heartbeat.
  std::vector<entry> entries;

  friend bool operator==(const append_entries&,
                         const append_entries&) = default;
};

struct append_result {
  uint8_t version = 0;
  uint64_t term = 0;
  /// The `previous_index` that did not fit, 0: it did.
  uint64_t rejected = 0;
  uint64_t last_index = 0;
  uint16_t features = 0;
  uint16_t capacity = 0;

  friend bool operator==(const append_result&, const append_result&) = default;
};

struct install_snapshot {
  uint8_t version = 0;
  uint64_t term = 0;
  snapshot base;

  friend bool operator==(const install_snapshot&,
                         const install_snapshot&) = default;
};

/// To stand for election at once: leadership is handed over.
struct timeout_now {
  uint8_t version = 0;
  uint64_t term = 0;
  uint64_t last_index = 0;
  uint64_t last_term = 0;

  friend bool operator==(const timeout_now&, const timeout_now&) = default;
};

using message = std::variant<request_vote, vote_result, append_entries,
                             append_result, install_snapshot, timeout_now>;

/// A message and the server that it comes from or goes to.
struct envelope {
  uint64_t peer = 0;
  std::string address;
  message content;

  friend bool operator==(const envelope&, const envelope&) = default;
};

/// A message as bytes. Version 1: the version, the place of the message in
/// `message`, its fields in the order of their declaration, as `field_writer`
/// writes them; lists with their count before them.
std::string encode_message(const message& x);

/// Reads what `encode_message` wrote. `unsupported_version` when a newer
/// program wrote it, `invalid_argument` when it is malformed.
caf::expected<message> decode_message(std::string_view bytes);

/// A snapshot as bytes: as in a message, with the version before it.
std::string encode_snapshot(const snapshot& x);

/// Errors: `unsupported_version`, `corrupt_log`.
caf::expected<snapshot> decode_snapshot(std::string_view bytes);

} // namespace troupe::consensus
