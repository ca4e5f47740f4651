#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include <caf/expected.hpp>
#include <caf/timespan.hpp>

#include "actors/protocol/group_messages.hpp"

/// What is durable of a group: the changes that its state consists of, and how
/// they are kept in a shard. A shard keeps the last record of each key, so the
/// records of a group are its state.
namespace troupe {

/// The group itself.
struct group_header {
  /// Grows with every change of members, subscriptions or partitions.
  int64_t epoch = 0;
  /// False: positions were committed or reset before any member came.
  bool has_rules = false;
  group_settings rules;
  bool is_started = false;
  /// The metadata and the time that the first start saw.
  uint64_t started_index = 0;
  int64_t started_ms = 0;
  /// Since when there is no member; 0: there are some.
  int64_t empty_since_ms = 0;
};

/// What a member said of itself.
struct member_info {
  std::string name;
  std::string instance_id;
  std::vector<std::string> topics;
  caf::timespan session_timeout{0};
  caf::timespan rebalance_timeout{0};
  /// A static member that left for now.
  bool is_away = false;
  /// The incarnation of the node whose process it lives in; nil: of none.
  uuid host = {};
};

/// Where a partition begins when it is given to a member, and why.
struct start_place {
  int64_t offset = 0;
  /// Of the record before `offset`, -1: unknown.
  int32_t leader_epoch = -1;
  start_reason reason = start_reason::committed;
};

/// A partition that a member owns.
struct held_place {
  /// The epoch at which it was given.
  int64_t epoch = 0;
  start_place start;
};

/// What a member owns: both maps count as owned (invariant I1).
struct current_assignment {
  int64_t epoch = 0;
  /// Ascending by partition, as every list of partitions in a group.
  std::map<topic_partition, held_place> assigned;
  /// Names the revocation that `revoking` waits for.
  int64_t revocation_id = 0;
  std::map<topic_partition, held_place> revoking;
};

/// A group's position in a partition; -1 is null.
struct position {
  /// committed + 1, and the leader epoch of the record before it.
  int64_t next = -1;
  int32_t leader_epoch = -1;
  /// Where the group begins while `next` is null.
  int64_t start = -1;
  int32_t start_epoch = -1;
  /// Why the group goes on where it does.
  start_reason reason = start_reason::stored_start;
  bool is_paused = false;
  std::string metadata;
  /// The member epoch under which `next` was committed.
  int64_t epoch = 0;
  int64_t committed_ms = 0;
  /// When a start was wanted while the partition was offline; 0: never.
  int64_t wanted_ms = 0;

  /// Where the group goes on, -1: not resolved.
  int64_t from() const noexcept {
    return next >= 0 ? next : start;
  }
};

struct header_changed {
  group_header header;
};

struct header_removed {};

struct member_changed {
  uuid id;
  member_info info;
};

struct target_changed {
  uuid id;
  std::vector<topic_partition> target;
};

struct current_changed {
  uuid id;
  current_assignment current;
};

/// With its target and all it owns.
struct member_removed {
  uuid id;
};

struct position_changed {
  topic_partition id;
  position content;
};

struct position_removed {
  topic_partition id;
};

struct event_changed {
  timeline_event event;
};

struct event_removed {
  int64_t number = 0;
};

/// One change of a group's state.
using group_record =
  std::variant<header_changed, header_removed, member_changed, target_changed,
               current_changed, member_removed, position_changed,
               position_removed, event_changed, event_removed>;

/// No member's timeouts are longer: a join is refused, a stored one is damage.
inline constexpr caf::timespan member_timeout_max = std::chrono::hours{24};

/// The version that `encode` writes, the first byte of each value.
inline constexpr uint8_t group_record_version = 1;

/// Appends `x` to `out` as a shard keeps it. Keys are text: `group`,
/// `member/<id>`, `target/<id>`, `current/<id>`, `position/<topic>/<number>`,
/// `event/<number>`.
void encode(const group_record& x, std::vector<keyed_record>& out);

/// Reads a record of a group's image. Fails with `unsupported_version` for a
/// newer version or an unknown kind of key, with `corrupt_log` for damage.
caf::expected<group_record> decode(const keyed_record& x);

} // namespace troupe
