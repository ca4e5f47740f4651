#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What servers that agree by Raft hold: a log of entries, a snapshot of what
/// the first of them come to, and each server's vote. Source: D. Ongaro,
/// "Consensus: Bridging Theory and Practice" (2014).
namespace troupe::consensus {

/// The numbers are the stored ones.
enum class entry_kind : uint8_t {
  /// A command of the state machine.
  command = 1,
  /// Nothing: a new leader commits it to learn what is committed.
  barrier = 2,
  /// A configuration, as `encode_configuration` writes it.
  change = 3,
};

/// Indexes count from 1, terms too; 0 is 'none'.
struct entry {
  uint64_t term = 0;
  entry_kind kind = entry_kind::command;
  std::string data;

  friend bool operator==(const entry&, const entry&) = default;
};

/// The numbers are the stored ones.
enum class member_role : uint8_t {
  /// Gets the log, has no vote.
  standby = 0,
  /// Counts for the majority.
  voter = 1,
  /// Gets nothing, has no vote.
  spare = 2,
};

struct member {
  /// Above 0.
  uint64_t id = 0;
  /// Where others reach it; unique, too.
  std::string address;
  member_role role = member_role::voter;

  friend bool operator==(const member&, const member&) = default;
};

/// In ascending order of their ids.
using configuration = std::vector<member>;

/// What the entries up to `index` come to.
struct snapshot {
  uint64_t index = 0;
  uint64_t term = 0;
  /// The committed configuration, and the index of its entry.
  configuration members;
  uint64_t members_index = 0;
  /// The state machine's own bytes.
  std::string state;

  friend bool operator==(const snapshot&, const snapshot&) = default;
};

/// What a server may never forget of the current term.
struct vote {
  uint64_t term = 0;
  /// 0: for nobody.
  uint64_t candidate = 0;

  friend bool operator==(const vote&, const vote&) = default;
};

/// All that a server finds on its disk.
struct stored_state {
  vote voted;
  std::optional<snapshot> base;
  /// Of `entries`: at most one above the snapshot's, 1 without one.
  uint64_t first_index = 1;
  std::vector<entry> entries;

  friend bool operator==(const stored_state&, const stored_state&) = default;
};

} // namespace troupe::consensus
