#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>
#include <caf/timespan.hpp>

#include "actors/protocol/bytes.hpp"
#include "actors/protocol/errors.hpp"
#include "actors/protocol/group_descriptions.hpp"
#include "actors/protocol/ids.hpp"
#include "config/settings.hpp"

/// What members and coordinators, and coordinators and shards, say to each
/// other. Offsets that may be null are -1 when they are.
namespace troupe {

/// A consumer asks to be a member.
struct join_request {
  std::string group;
  /// New at every join; the same when a join is repeated for want of an answer,
  /// to the same coordinator.
  uuid member;
  /// What people call it.
  std::string name;
  /// Not empty: a static member.
  std::string instance_id;
  /// The incarnation of the node whose process it lives in; nil: it lives in
  /// none.
  uuid host;
  std::vector<std::string> topics;
  group_settings rules;
  caf::timespan session_timeout{0};
  caf::timespan rebalance_timeout{0};
};

struct join_result {
  int32_t coordinator_epoch = 0;
  int64_t member_epoch = 0;
};

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
  /// For so long still it leaves a gateway alone that failed; 0: it does not.
  caf::timespan gateway_pause{0};
};

struct heartbeat_result {
  int32_t coordinator_epoch = 0;
  /// The longest such pause of a member of the group.
  caf::timespan gateway_pause{0};
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

/// A record of a shard's table: `value` null removes `key`. The coordinator
/// knows what is in them; the shard keeps the last one of each key.
struct keyed_record {
  std::string key;
  bytes value;

  friend bool operator==(const keyed_record&, const keyed_record&) = default;
};

/// All that a shard keeps of a group, by ascending key.
struct group_image {
  /// The coordinator's life: larger than in every load before.
  int32_t coordinator_epoch = 0;
  /// The end of the shard's log: above every epoch a group had before.
  int64_t log_end = 0;
  std::vector<keyed_record> records;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, join_request& x) {
  return f(caf::meta::type_name("join_request"), x.group, x.member, x.name,
           x.instance_id, x.host, x.topics, x.rules, x.session_timeout,
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
           x.draining, x.gateway_pause);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, heartbeat_result& x) {
  return f(caf::meta::type_name("heartbeat_result"), x.coordinator_epoch,
           x.gateway_pause);
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
typename Inspector::result_type inspect(Inspector& f, keyed_record& x) {
  return f(caf::meta::type_name("keyed_record"), x.key, x.value);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, group_image& x) {
  return f(caf::meta::type_name("group_image"), x.coordinator_epoch, x.log_end,
           x.records);
}

} // namespace troupe
