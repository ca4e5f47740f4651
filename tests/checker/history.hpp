#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.hpp"

/// What clients of a node see, and the bytes that it leaves behind: all that
/// the checker is told. Clients are of any kind: actors in virtual time, or
/// processes that talk to a node which is killed.
///
/// What has no answer has an unknown outcome: it may have happened or not, and
/// only its first half is told.
namespace troupe::checker {

/// A partition, by name.
struct place {
  std::string topic;
  int32_t partition = 0;

  auto operator<=>(const place&) const = default;
};

/// 'messages-3'.
std::string to_string(const place& x);

// -- topics ------------------------------------------------------------------

/// A topic is there, or has more partitions now.
struct topic_served {
  std::string topic;
  int32_t partitions = 1;
  /// Retention or compaction may take records away.
  bool may_have_gaps = false;
};

/// A topic is asked to go: from now on nothing is expected of it.
struct topic_deleted {
  std::string topic;
};

// -- posts -------------------------------------------------------------------

/// A record is about to be posted. Its value names it: no two posts share one.
struct post_begun {
  std::string value;
};

/// Nothing is told of a post that was refused: its record may be there.
struct post_acknowledged {
  std::string value;
  place where;
  int64_t offset = 0;
  enum acks acks = acks::all;
};

// -- groups ------------------------------------------------------------------

/// A member of the group is about to ask to join; the rule of the first one
/// decides where the group begins: `latest` or `earliest`.
struct group_joining {
  std::string group;
  start_rule::kind start = start_rule::kind::latest;
  std::vector<std::string> topics;
};

/// A member of the group was admitted.
struct group_joined {
  std::string group;
};

/// A member is told that a partition is its own. Who tells of assignments tells
/// of all of a group.
struct assigned {
  std::string group;
  std::string member;
  place where;
  int64_t offset = 0;
};

/// The member has given a partition up.
struct released {
  std::string group;
  std::string member;
  place where;
};

/// The member has lost a partition without a word; somebody else may have it.
struct partition_lost {
  std::string group;
  std::string member;
  place where;
};

/// The member holds nothing any more: it was told that it is out, or has ended.
struct member_lost {
  std::string group;
  std::string member;
  bool has_ended = false;
};

/// A handler of the member gets a record.
struct handing_begun {
  std::string group;
  std::string member;
  place where;
  int64_t offset = 0;
  std::string value;
  /// It was fetched before a node ended that left the log without it. What has
  /// its offset by now may be something else.
  bool is_stale = false;
};

/// The handler is done with it, or has failed. Not told of one that died.
struct handing_ended {
  std::string group;
  std::string member;
  place where;
  int64_t offset = 0;
  bool is_done = true;
};

struct commit_asked {
  std::string group;
  std::string member;
  place where;
  int64_t next = 0;
};

/// The answer to a commit. Errors after which it may have happened all the same
/// are not told.
struct commit_answered {
  std::string group;
  std::string member;
  place where;
  int64_t next = 0;
  bool is_accepted = true;
};

/// Positions of a group are about to be moved...
struct reset_begun {
  std::string group;
};

/// ... and were: to where.
struct reset_done {
  std::string group;
  std::vector<std::pair<place, int64_t>> to;
};

// -- the node ----------------------------------------------------------------

/// How a node ended, from mild to hard.
enum class node_end : uint8_t {
  /// It was asked to stop and did.
  clean,
  /// Its process was killed: what was written is there.
  killed,
  /// The power went: what was synced is there.
  power_cut,
};

/// What clients are told from now on comes from another life of the node. What
/// it left on the disk (`log_found`, `positions_found`) is told next.
struct node_ended {
  node_end how = node_end::killed;
};

/// The records of a partition as they lie on the disk. Told when the node has
/// ended, and when it has opened a partition again that failed.
struct log_found {
  place where;
  /// Of the first record, and behind the last one.
  int64_t start = 0;
  int64_t end = 0;
  /// Offset and value, ascending.
  std::vector<std::pair<int64_t, std::string>> records;
};

/// A position of a group as it lies on the disk; -1 is null.
struct found_position {
  std::string group;
  place where;
  int64_t next = -1;
  int64_t start = -1;
};

/// The positions of all groups.
struct positions_found {
  std::vector<found_position> positions;
};

} // namespace troupe::checker
