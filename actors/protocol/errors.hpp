#pragma once

#include <cstdint>
#include <string>

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/message.hpp>

namespace troupe {

/// Why a request was refused. An error that carries a code also carries a text
/// with the facts a user needs; `what` gives both.
enum class ec : uint8_t {
  /// Never sent: CAF reads code 0 as 'no error'.
  none,
  /// A field of a request is out of its bounds; the text names field, value and
  /// bound.
  invalid_argument,
  /// No topic of that name or id.
  unknown_topic,
  /// The topic has fewer partitions.
  unknown_partition,
  /// A topic of that name is there already.
  topic_exists,
  /// Above the end of the log, or below its start.
  offset_out_of_range,
  /// Larger than the topic's `record_bytes_max`.
  record_too_large,
  /// A batch whose checksum, sizes or counts do not agree; nothing was
  /// appended.
  corrupt_batch,
  /// A gap in a producer's sequence; nothing was appended.
  out_of_order_sequence,
  /// A newer epoch of this producer id has been seen.
  producer_fenced,
  /// The disk refused a read, write or sync; the log acknowledges nothing more
  /// until it is opened again.
  storage_failed,
  /// No room on the disk; retriable.
  storage_full,
  /// Another process uses the data directory.
  data_dir_locked,
  /// The log on disk is damaged where it must not be (invariant I5); the text
  /// names file and offset.
  corrupt_log,
  /// Written by a newer version of this program.
  unsupported_version,
  /// The request names a leader epoch that has passed.
  fenced_leader_epoch,
  /// The request names a leader epoch that is not known yet; retriable.
  unknown_leader_epoch,
  /// The role is starting, restarting or moving; retriable.
  not_available,
  /// A bounded queue or waiting room is full; retriable.
  queue_full,
  /// No answer within the request's deadline; the outcome is unknown.
  timed_out,
  /// The actor is stopping and takes no more requests.
  shutting_down,
  /// No member of that id in the group; join again.
  unknown_member,
  /// The member's epoch is not the coordinator's; join again.
  fenced_epoch,
  /// A commit by a non-owner, or under an epoch that has passed.
  stale_epoch,
  /// The group has another start rule than the one that was asked for.
  start_conflict,
  /// A living member holds this instance id.
  unreleased_instance_id,
  /// No group of that id.
  unknown_group,
  /// The action needs a group without members.
  group_not_empty,
  /// A native commit below the committed position (invariant I2).
  commit_goes_back,
  /// No handler registered under that name.
  unknown_handler,
  /// The handler failed on a record.
  handler_failed,
  /// This node does not lead; retriable at the one that does.
  not_leader,
  /// What servers agree on by Raft is broken here; this one must stop.
  consensus_failed,
  /// Fewer replicas are in sync than the topic wants for `acks=all`; nothing
  /// was appended; retriable.
  not_enough_replicas,
  /// The in-sync set or placement was changed by somebody else meanwhile.
  stale_partition_epoch,
  /// Another cluster, another node under the same id, or a data directory that
  /// is not the one the cluster knows.
  wrong_cluster,
  /// The role of who asks does not go that far; the text names the one that
  /// does.
  not_allowed,
  /// A handler can never do this record: it is not tried again.
  record_rejected,
  /// What a handler sends through does not work just now, whatever the record.
  gateway_unavailable,
};

/// The enumerator's name, as users see it in JSON and logs.
const char* to_string(ec x);

/// An error with the facts a user needs: what, where, which limit, what to do.
caf::error make_error(ec code, std::string text);

/// Whether asking again, unchanged, may succeed.
bool is_retriable(const caf::error& x);

/// The code of a Troupe error; `ec::none` for any other error.
ec code_of(const caf::error& x);

/// `code: text`, without CAF's decoration; other errors as CAF renders them.
std::string what(const caf::error& x);

} // namespace troupe

CAF_ERROR_CODE_ENUM(troupe::ec, "troupe")
