#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include <caf/error.hpp>

#include "actors/consensus/server.hpp"
#include "actors/protocol/metadata_messages.hpp"

namespace troupe {

/// What a leader does next so that every node gets the metadata, and as many of
/// them vote as are to: one small step at a time, each of which may fail and is
/// tried again.
struct membership_step {
  /// The configuration to change to; empty: none.
  consensus::configuration members;
  /// The member to send what it lacks, 0: nobody.
  uint64_t catch_up = 0;
  /// The voter that is to lead in place of this one, 0: none.
  uint64_t new_leader = 0;

  bool is_nothing() const noexcept {
    return members.empty() && catch_up == 0 && new_leader == 0;
  }
};

/// What the step follows from.
struct membership_view {
  /// The leader.
  uint64_t self = 0;
  consensus::configuration members;
  const std::map<uint32_t, node_info>* nodes = nullptr;
  /// Of these, the ones that are heard of.
  std::set<uint32_t> alive;
  /// 1, 3 or 5.
  uint32_t voters = 3;
  /// Members that answer, and have nearly all that the leader has.
  std::set<uint64_t> keeping_up;
  /// How sending the member what it lacks went last.
  std::map<uint64_t, consensus::catch_up_state> catching_up;
};

/// A member of the quorum is a node *and* its data directory, whose id is the
/// member's address: a node that comes back with an empty disk is another
/// member, since a server that forgot its vote and its entries must not count
/// as the one before. It is put out and taken in again. Voters are made in
/// twos, so that their number is odd but for a moment: two need each other as
/// one does not.
/// A voter that is drained gives its place to one that is not, and a leader
/// lets another one lead before.
membership_step next_step(const membership_view& x);

/// Whether an operator may take the node its vote: errors are
/// `invalid_argument` and `not_available`, with what to do.
caf::error check_demotion(const membership_view& x, uint32_t node);

/// Whether an operator may let the node vote again.
caf::error check_promotion(const membership_view& x, uint32_t node);

} // namespace troupe
