#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>

#include "actors/protocol/ids.hpp"
#include "config/settings.hpp"

/// What people are told of a group and its past, and how they move its
/// positions. Offsets that may be null are -1 when they are.
namespace troupe {

/// Why a partition starts at its offset.
enum class start_reason : uint8_t {
  /// The group goes on where it committed.
  committed,
  /// The start that was stored when the group, or its subscription, began.
  stored_start,
  /// The partition is younger than the group: from its beginning.
  created_later,
  /// `start_is_stored: false`: null means the beginning.
  literal_beginning,
  /// `start_is_stored: false`: the batch that starts the group, null means now.
  literal_latest,
  /// An explicit reset put it there.
  reset,
  /// The log was cut (its leader epoch diverged): at the end of that epoch.
  truncated,
  /// Retention was faster: at the log's start.
  below_log_start,
};

/// The reason in words, as people and JSON see it.
const char* to_string(start_reason x);

/// A group's position in a partition.
struct group_position {
  topic_partition id;
  std::string topic;
  /// committed + 1, -1: null.
  int64_t next = -1;
  /// Where the group begins while `next` is null, -1: not resolved.
  int64_t start = -1;
  start_reason reason = start_reason::stored_start;
  bool is_paused = false;
  std::string metadata;
  /// What people call the owner; empty: none.
  std::string owner;
  /// The partition's bounds, -1: not asked or offline.
  int64_t log_start = -1;
  int64_t high_watermark = -1;
  /// The time of the first record that is not done, -1: there is none, or it is
  /// not known.
  int64_t oldest_ms = -1;

  /// The notes' 'committed': the last finished offset; -1 for next 0, nothing
  /// for null: look at `next` first.
  int64_t committed() const noexcept {
    return next - 1;
  }

  /// Records between the position and the high watermark, -1: unknown.
  int64_t lag() const noexcept {
    auto from = next >= 0 ? next : start;
    if (from < 0 || high_watermark < 0)
      return -1;
    return high_watermark > from ? high_watermark - from : 0;
  }
};

struct member_description {
  uuid member;
  std::string name;
  std::string instance_id;
  int64_t epoch = 0;
  /// stable, unrevoked, unreleased, away
  std::string state;
  std::vector<std::string> topics;
  std::vector<topic_partition> owned;
  std::vector<topic_partition> revoking;
};

struct group_description {
  std::string group;
  /// empty, assigning, reconciling, stable
  std::string state;
  int64_t epoch = 0;
  int32_t coordinator_epoch = 0;
  group_settings rules;
  bool is_started = false;
  /// Events of its timeline until now, those that are not kept too.
  int64_t events = 0;
  std::vector<member_description> members;
  std::vector<group_position> positions;
};

/// How one partition changed hands.
struct timeline_move {
  topic_partition id;
  std::string topic;
  /// What people call the owners; empty: none.
  std::string from;
  std::string to;
  /// From the moment the old owner gave it up until the new one was told; -1:
  /// not yet.
  int64_t without_owner_ms = -1;
  /// Where the new owner began, and why.
  int64_t offset = -1;
  start_reason reason = start_reason::committed;
  /// Records that were handed out before and are handed out again.
  int64_t repeated = 0;
};

/// Why a group changed, and what moved.
struct timeline_event {
  /// Ascending per group.
  int64_t number = 0;
  int64_t time_ms = 0;
  int64_t epoch = 0;
  /// For people and JSON: 'sms-2 joined', 'sms-1 crashed: ...', 'messages grew
  /// from 3 to 6 partitions'.
  std::string cause;
  std::vector<timeline_move> moves;
};

/// Partitions of a group by topic name; partition -1: all of them; an empty
/// list: all that the group has a position in or subscribes to.
struct partition_choice {
  std::string topic;
  int32_t partition = -1;
};

/// Puts positions elsewhere, or only says what that would mean.
struct reset_request {
  std::vector<partition_choice> partitions;
  start_rule target;
  bool is_preview = false;
};

struct reset_entry {
  topic_partition id;
  std::string topic;
  /// Where the group would go on now, -1: not resolved.
  int64_t from = -1;
  int64_t to = 0;
};

struct reset_plan {
  std::vector<reset_entry> entries;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, group_position& x) {
  return f(caf::meta::type_name("group_position"), x.id, x.topic, x.next,
           x.start, x.reason, x.is_paused, x.metadata, x.owner, x.log_start,
           x.high_watermark, x.oldest_ms);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, member_description& x) {
  return f(caf::meta::type_name("member_description"), x.member, x.name,
           x.instance_id, x.epoch, x.state, x.topics, x.owned, x.revoking);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, group_description& x) {
  return f(caf::meta::type_name("group_description"), x.group, x.state, x.epoch,
           x.coordinator_epoch, x.rules, x.is_started, x.events, x.members,
           x.positions);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, timeline_move& x) {
  return f(caf::meta::type_name("timeline_move"), x.id, x.topic, x.from, x.to,
           x.without_owner_ms, x.offset, x.reason, x.repeated);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, timeline_event& x) {
  return f(caf::meta::type_name("timeline_event"), x.number, x.time_ms, x.epoch,
           x.cause, x.moves);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, partition_choice& x) {
  return f(caf::meta::type_name("partition_choice"), x.topic, x.partition);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, reset_request& x) {
  return f(caf::meta::type_name("reset_request"), x.partitions, x.target,
           x.is_preview);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, reset_entry& x) {
  return f(caf::meta::type_name("reset_entry"), x.id, x.topic, x.from, x.to);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, reset_plan& x) {
  return f(caf::meta::type_name("reset_plan"), x.entries);
}

} // namespace troupe
