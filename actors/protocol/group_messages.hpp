#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>
#include <caf/timespan.hpp>

#include "actors/protocol/bytes.hpp"
#include "actors/protocol/errors.hpp"
#include "actors/protocol/ids.hpp"
#include "config/settings.hpp"

/// What members and coordinators, and coordinators and shards, say to each
/// other. Offsets that may be null are -1 when they are.
namespace troupe {

/// A consumer asks to be a member.
struct join_request {
  std::string group;
  /// New at every join; the same when a join is repeated for want of an answer.
  uuid member;
  /// What people call it.
  std::string name;
  /// Not empty: a static member.
  std::string instance_id;
  std::vector<std::string> topics;
  group_settings rules;
  caf::timespan session_timeout{0};
  caf::timespan rebalance_timeout{0};
};

struct join_result {
  int32_t coordinator_epoch = 0;
  int64_t member_epoch = 0;
};

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

/// A partition given to a member, and where it begins there.
struct assigned_partition {
  topic_partition id;
  std::string topic;
  /// The offset of the next record to hand out.
  int64_t offset = 0;
  /// The leader epoch of the record before `offset`, -1: unknown.
  int32_t leader_epoch = -1;
  start_reason reason = start_reason::committed;
  bool is_paused = false;
};

/// coordinator -> member: these partitions are yours, from now on, in addition.
struct assignment {
  int32_t coordinator_epoch = 0;
  uuid member;
  int64_t member_epoch = 0;
  std::vector<assigned_partition> added;
};

/// coordinator -> member: give these up, then answer with `revoked`.
struct revocation {
  int32_t coordinator_epoch = 0;
  uuid member;
  int64_t member_epoch = 0;
  int64_t revocation_id = 0;
  std::vector<topic_partition> partitions;
};

/// coordinator -> member: all you hold and are to give up. What the member
/// holds beyond it is to be dropped at once.
struct member_state {
  int32_t coordinator_epoch = 0;
  uuid member;
  int64_t member_epoch = 0;
  std::vector<assigned_partition> assigned;
  int64_t revocation_id = 0;
  std::vector<topic_partition> revoking;
};

/// coordinator -> member: you are out; drop everything, join again.
struct fenced_notice {
  int32_t coordinator_epoch = 0;
  uuid member;
  std::string reason;
};

/// coordinator -> member: partitions paused or resumed.
struct pause_notice {
  int32_t coordinator_epoch = 0;
  uuid member;
  std::vector<topic_partition> partitions;
  bool is_paused = false;
};

/// What a member holds of a partition.
struct held_partition {
  topic_partition id;
  /// The offset after the last record that was handed to the handler, -1: none.
  int64_t handed_next = -1;
};

/// member -> coordinator: I live, and this is what I hold.
struct heartbeat {
  uuid member;
  int64_t member_epoch = 0;
  std::vector<held_partition> owned;
  std::vector<held_partition> draining;
};

struct heartbeat_result {
  int32_t coordinator_epoch = 0;
};

/// member -> coordinator: these are drained and given up, their last commit was
/// answered.
struct revoked_notice {
  uuid member;
  int64_t revocation_id = 0;
  std::vector<held_partition> released;
};

/// member -> coordinator: I go.
struct leave_request {
  uuid member;
  /// A static member leaves for now: its partitions wait for its session.
  bool keeps_partitions = false;
  std::vector<held_partition> released;
};

/// One position to commit.
struct commit_entry {
  topic_partition id;
  /// The offset after the last finished record.
  int64_t next = 0;
  /// The leader epoch of the last finished record, -1: unknown.
  int32_t leader_epoch = -1;
  /// The member epoch under which that record was handed to the handler.
  int64_t handed_epoch = 0;
  std::string metadata;
};

/// member -> coordinator; a nil member commits from outside an empty group.
struct commit_request {
  uuid member;
  std::vector<commit_entry> entries;
};

/// Per entry, in the order of the request: `ec::none` or why it was refused.
struct commit_result {
  std::vector<ec> outcomes;
};

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

/// A record of a shard's table: `value` null removes `key`. The coordinator
/// knows what is in them; the shard keeps the last one of each key.
struct keyed_record {
  std::string key;
  bytes value;

  friend bool operator==(const keyed_record&, const keyed_record&) = default;
};

/// All that a shard keeps of a group, by ascending key.
struct group_image {
  /// The shard's leader epoch: the coordinator's life.
  int32_t coordinator_epoch = 0;
  /// The end of the shard's log: above every epoch a group had before.
  int64_t log_end = 0;
  std::vector<keyed_record> records;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, join_request& x) {
  return f(caf::meta::type_name("join_request"), x.group, x.member, x.name,
           x.instance_id, x.topics, x.rules, x.session_timeout,
           x.rebalance_timeout);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, join_result& x) {
  return f(caf::meta::type_name("join_result"), x.coordinator_epoch,
           x.member_epoch);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, assigned_partition& x) {
  return f(caf::meta::type_name("assigned_partition"), x.id, x.topic, x.offset,
           x.leader_epoch, x.reason, x.is_paused);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, assignment& x) {
  return f(caf::meta::type_name("assignment"), x.coordinator_epoch, x.member,
           x.member_epoch, x.added);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, revocation& x) {
  return f(caf::meta::type_name("revocation"), x.coordinator_epoch, x.member,
           x.member_epoch, x.revocation_id, x.partitions);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, member_state& x) {
  return f(caf::meta::type_name("member_state"), x.coordinator_epoch, x.member,
           x.member_epoch, x.assigned, x.revocation_id, x.revoking);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, fenced_notice& x) {
  return f(caf::meta::type_name("fenced_notice"), x.coordinator_epoch, x.member,
           x.reason);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, pause_notice& x) {
  return f(caf::meta::type_name("pause_notice"), x.coordinator_epoch, x.member,
           x.partitions, x.is_paused);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, held_partition& x) {
  return f(caf::meta::type_name("held_partition"), x.id, x.handed_next);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, heartbeat& x) {
  return f(caf::meta::type_name("heartbeat"), x.member, x.member_epoch, x.owned,
           x.draining);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, heartbeat_result& x) {
  return f(caf::meta::type_name("heartbeat_result"), x.coordinator_epoch);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, revoked_notice& x) {
  return f(caf::meta::type_name("revoked_notice"), x.member, x.revocation_id,
           x.released);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, leave_request& x) {
  return f(caf::meta::type_name("leave_request"), x.member, x.keeps_partitions,
           x.released);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, commit_entry& x) {
  return f(caf::meta::type_name("commit_entry"), x.id, x.next, x.leader_epoch,
           x.handed_epoch, x.metadata);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, commit_request& x) {
  return f(caf::meta::type_name("commit_request"), x.member, x.entries);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, commit_result& x) {
  return f(caf::meta::type_name("commit_result"), x.outcomes);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, group_position& x) {
  return f(caf::meta::type_name("group_position"), x.id, x.topic, x.next,
           x.start, x.reason, x.is_paused, x.metadata, x.owner, x.log_start,
           x.high_watermark);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, member_description& x) {
  return f(caf::meta::type_name("member_description"), x.member, x.name,
           x.instance_id, x.epoch, x.state, x.topics, x.owned, x.revoking);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, group_description& x) {
  return f(caf::meta::type_name("group_description"), x.group, x.state, x.epoch,
           x.coordinator_epoch, x.rules, x.is_started, x.members, x.positions);
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

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, keyed_record& x) {
  return f(caf::meta::type_name("keyed_record"), x.key, x.value);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, group_image& x) {
  return f(caf::meta::type_name("group_image"), x.coordinator_epoch, x.log_end,
           x.records);
}

} // namespace troupe
