#pragma once

#include <memory>
#include <string>
#include <vector>

#include <caf/typed_actor.hpp>

#include "actors/protocol/messages.hpp"

/// The map of the system: who can be asked for what, in the order of the flow.
/// Every answer can also be an error with an `ec` code.
namespace troupe {

// -- posting ---------------------------------------------------------------

/// PRODUCER: posts records; chooses partitions, batches, retries. One a client.
using producer_actor = caf::typed_actor<
  // Answers when the record is acknowledged; waits while the buffer is full.
  caf::replies_to<post_atom, posting>::with<record_metadata>,
  // The same for many records in one message, answered in their order; the
  // first failure answers for all.
  caf::replies_to<post_atom,
                  std::vector<posting>>::with<std::vector<record_metadata>>,
  // Answers when all that was posted before is acknowledged or has failed.
  caf::replies_to<flush_atom>::with<caf::ok_atom>,
  // Says how it is doing.
  caf::replies_to<status_atom>::with<producer_status>,
  // Flushes, then stops.
  caf::replies_to<stop_atom>::with<caf::ok_atom>,
  // Lets the linger time and retries pass (from itself).
  caf::reacts_to<tick_atom>>;

/// FLUSHER: makes files durable, off the actors that wait for it.
using flusher_actor = caf::typed_actor<
  // Syncs the files of the job, in order; stops at the first failure. Answers
  // with the offset up to which they had been written when it began.
  caf::replies_to<sync_atom, sync_job>::with<int64_t>>;

/// PARTITION: owns one append-only log and its waiting readers. One a
/// partition.
using partition_actor = caf::typed_actor<
  // Appends a batch and answers when `acks` says; a repeated one only
  // answers.
  caf::replies_to<append_atom, append_request>::with<append_result>,
  // Answers with records, at once or when there are some.
  caf::replies_to<fetch_atom, fetch_request>::with<fetch_result>,
  // Resolves a first, last or timed offset.
  caf::replies_to<offset_atom, offset_query>::with<offset_answer>,
  // Tells where a leader epoch ends.
  caf::replies_to<epoch_atom, int32_t>::with<epoch_end>,
  // Deletes the records before an offset, durably, or previews it.
  caf::replies_to<delete_atom, delete_request>::with<delete_result>,
  // Takes settings changed live.
  caf::replies_to<config_atom, topic_settings>::with<caf::ok_atom>,
  // A replica of a cluster leads or follows from now on; answers when it does.
  caf::replies_to<role_atom, replica_role>::with<caf::ok_atom>,
  // A leader gives a replica what it lacks, at once or when there is some.
  caf::replies_to<replicate_atom, replica_fetch>::with<replica_records>,
  // Says how it is doing.
  caf::replies_to<status_atom>::with<partition_status>,
  // Links the files of its log, as it is now, into a directory.
  caf::replies_to<snapshot_atom, std::string>::with<log_snapshot>,
  // Syncs, records a clean stop and ends; waiting requests get
  // `shutting_down`.
  caf::replies_to<stop_atom>::with<caf::ok_atom>,
  // Ends waits and does upkeep (from itself).
  caf::reacts_to<tick_atom>, caf::reacts_to<upkeep_atom>>;

// -- consuming -------------------------------------------------------------

/// HANDLER: what a user writes as an actor: turns one record into one effect.
/// It is asked for one record at a time per partition. An error means 'again,
/// later'; its exit means a new one is started.
using handler_actor =
  caf::typed_actor<caf::replies_to<handle_atom, delivery>::with<caf::ok_atom>>;

/// CONSUMER: one member of a group: holds partitions, fetches, hands out,
/// commits.
using consumer_actor = caf::typed_actor<
  // The coordinator gives partitions...
  caf::reacts_to<assign_atom, assignment>,
  // ... asks for some back, to be drained first...
  caf::reacts_to<revoke_atom, revocation>,
  // ... states all that this member holds...
  caf::reacts_to<state_atom, member_state>,
  // ... says that it is out...
  caf::reacts_to<fenced_atom, fenced_notice>,
  // ... pauses or resumes.
  caf::reacts_to<pause_atom, pause_notice>,
  // Says how it is doing.
  caf::replies_to<status_atom>::with<consumer_status>,
  // Drains, commits, leaves, then stops. With `true` a static member leaves
  // for now and keeps its partitions.
  caf::replies_to<stop_atom, bool>::with<caf::ok_atom>,
  // Timers (from itself).
  caf::reacts_to<tick_atom>, caf::reacts_to<beat_atom>>;

// -- coordinating ----------------------------------------------------------

/// LISTENER of metadata: is told of every change.
using metadata_listener_actor =
  caf::typed_actor<caf::reacts_to<update_atom, metadata_update>>;

/// COORDINATOR: owns one group's membership, assignment, positions. One a
/// group.
using coordinator_actor = caf::typed_actor<
  // Admits a member; its partitions follow as messages.
  caf::replies_to<join_atom, join_request, consumer_actor>::with<join_result>,
  // Keeps a member alive; states its holdings anew when they differ.
  caf::replies_to<beat_atom, heartbeat>::with<heartbeat_result>,
  // The member has drained and released what was revoked.
  caf::replies_to<revoked_atom, revoked_notice>::with<caf::ok_atom>,
  // The member goes.
  caf::replies_to<leave_atom, leave_request>::with<caf::ok_atom>,
  // Commits positions, entry by entry, behind the fence.
  caf::replies_to<commit_atom, commit_request>::with<commit_result>,
  // Leases the right to hand out n records of the group's pace: after how
  // long they may go.
  caf::replies_to<pace_atom, uuid, uint32_t>::with<caf::timespan>,
  // The group as it is, with positions and lag.
  caf::replies_to<describe_atom>::with<group_description>,
  // What changed, when and why, oldest first.
  caf::replies_to<timeline_atom>::with<std::vector<timeline_event>>,
  // Pauses (true) or resumes partitions, durably; answers how many changed.
  caf::replies_to<pause_atom, std::vector<partition_choice>,
                  bool>::with<uint32_t>,
  // Moves the positions of an empty group, or previews it.
  caf::replies_to<reset_atom, reset_request>::with<reset_plan>,
  // Removes an empty group with all its positions.
  caf::replies_to<delete_atom>::with<caf::ok_atom>,
  // Metadata changed.
  caf::reacts_to<update_atom, metadata_update>,
  // Timers (from itself).
  caf::reacts_to<tick_atom>>;

/// OFFSET STORE: one shard: the durable, ordered table of its groups' records.
using offset_store_actor = caf::typed_actor<
  // All records of a group.
  caf::replies_to<load_atom, std::string>::with<group_image>,
  // Appends records of a group as one batch; answers when they are durable.
  caf::replies_to<write_atom, std::string,
                  std::vector<keyed_record>>::with<caf::ok_atom>,
  // The groups that have records.
  caf::replies_to<groups_atom>::with<std::vector<std::string>>>;

// -- governing -------------------------------------------------------------

/// CONTROLLER: owns the log of metadata commands and what follows from it. In a
/// cluster each node has one; they agree by Raft, and all but their leader pass
/// on to it what they are asked.
using controller_actor = caf::typed_actor<
  // Creates a topic; an internal one when `true`.
  caf::replies_to<create_atom, topic_spec, bool>::with<topic_info>,
  // Gives a topic more partitions.
  caf::replies_to<grow_atom, std::string, int32_t>::with<topic_info>,
  // Removes a topic with its records.
  caf::replies_to<delete_atom, std::string>::with<topic_info>,
  // Changes a topic's settings.
  caf::replies_to<config_atom, std::string, topic_settings>::with<topic_info>,
  // Names a new idempotent producer.
  caf::replies_to<identify_atom>::with<producer_identity>,
  // Tells all there is, then every change, before it is answered.
  caf::replies_to<watch_atom, metadata_listener_actor>::with<metadata_update>,
  // A node of the cluster lives; may lead for a while.
  caf::replies_to<beat_atom, node_beat>::with<node_lease>,
  // A partition's leader has another in-sync set.
  caf::replies_to<change_atom, partition_change>::with<partition_placement>,
  // An operator changes the cluster.
  caf::replies_to<order_atom, cluster_order>::with<caf::ok_atom>,
  // Says how the cluster is doing.
  caf::replies_to<nodes_atom>::with<cluster_status>,
  // The controller of another node, with this disk, is reached so...
  caf::reacts_to<controller_atom, node_disk, caf::strong_actor_ptr>,
  // ... and says so by Raft.
  caf::reacts_to<raft_atom, uint32_t, std::string>,
  // Timers (from itself).
  caf::reacts_to<tick_atom>,
  // Cluster, node, index and term (the rest of the status is the node's).
  caf::replies_to<status_atom>::with<node_status>,
  // How agreeing goes.
  caf::replies_to<metrics_atom>::with<controller_metrics>,
  // Links the files of its log into a directory; with all topics in it.
  caf::replies_to<snapshot_atom, std::string>::with<log_snapshot,
                                                    metadata_update>,
  // Syncs, records a clean stop and ends.
  caf::replies_to<stop_atom>::with<caf::ok_atom>>;

/// BACKUP: holds the files of all logs, as they were at one moment, for a
/// client that copies them. Lets go when told, or when nobody asks any more.
using backup_actor = caf::typed_actor<
  // Answers when all is held.
  caf::replies_to<describe_atom>::with<backup_summary>,
  // The held logs from the nth on, as many as fit in a message; none: no more.
  caf::replies_to<fetch_atom, uint32_t>::with<std::vector<log_snapshot>>,
  // The client still copies.
  caf::replies_to<beat_atom>::with<caf::ok_atom>,
  // Lets go, then stops.
  caf::replies_to<stop_atom>::with<caf::ok_atom>,
  // Timers (from itself).
  caf::reacts_to<tick_atom>, caf::reacts_to<upkeep_atom>>;

/// NODE: one a process: the door to all roles on it. Starts and restarts them.
using node_actor = caf::typed_actor<
  // All topics, or one by name.
  caf::replies_to<topics_atom>::with<std::vector<topic_info>>,
  caf::replies_to<topic_atom, std::string>::with<topic_info>,
  // Who serves a partition now, here or on another node.
  caf::replies_to<locate_atom, topic_partition>::with<partition_actor>,
  // Who coordinates a group; starts the coordinator when needed.
  caf::replies_to<group_atom, std::string>::with<coordinator_actor>,
  // The same, of this node only: `not_leader` when it is not here.
  caf::replies_to<host_atom, topic_partition>::with<partition_actor>,
  caf::replies_to<host_atom, std::string>::with<coordinator_actor>,
  // This node's controller, for those of other nodes.
  caf::replies_to<controller_atom>::with<controller_actor>,
  // All groups that have a record.
  caf::replies_to<groups_atom>::with<std::vector<std::string>>,
  // Topics are made and changed here; the answer comes when their partitions
  // serve.
  caf::replies_to<create_atom, topic_spec>::with<topic_info>,
  caf::replies_to<grow_atom, std::string, int32_t>::with<topic_info>,
  caf::replies_to<delete_atom, std::string>::with<topic_info>,
  caf::replies_to<config_atom, std::string, topic_settings>::with<topic_info>,
  // Names a new idempotent producer.
  caf::replies_to<identify_atom>::with<producer_identity>,
  // Tells all metadata, then every change.
  caf::replies_to<watch_atom, metadata_listener_actor>::with<metadata_update>,
  // Says how the node is doing, and what it counts.
  caf::replies_to<status_atom>::with<node_status>,
  caf::replies_to<metrics_atom>::with<node_metrics>,
  // A partition that leads here has another in-sync set.
  caf::replies_to<change_atom, partition_change>::with<partition_placement>,
  // An operator changes the cluster, or looks at it.
  caf::replies_to<order_atom, cluster_order>::with<caf::ok_atom>,
  caf::replies_to<nodes_atom>::with<cluster_status>,
  // The controller tells of a change.
  caf::reacts_to<update_atom, metadata_update>,
  // Begins a backup; one at a time.
  caf::replies_to<backup_atom>::with<backup_actor>,
  // The consumers that this node runs.
  caf::replies_to<consumers_atom>::with<std::vector<consumer_status>>,
  // Drains consumers, closes all logs, then stops.
  caf::replies_to<stop_atom>::with<caf::ok_atom>,
  // Stops so, then its process begins anew; answers when it begins to stop.
  caf::replies_to<restart_atom, uuid>::with<caf::ok_atom>,
  // Starts again what has crashed (from itself).
  caf::reacts_to<tick_atom>>;

} // namespace troupe

/// The roles that messages carry. They come after everything else that messages
/// are made of, since their interfaces name it.
CAF_BEGIN_TYPE_ID_BLOCK(troupe_roles, caf::id_block::troupe::end)

  CAF_ADD_TYPE_ID(troupe_roles, (troupe::backup_actor))
  CAF_ADD_TYPE_ID(troupe_roles, (troupe::consumer_actor))
  CAF_ADD_TYPE_ID(troupe_roles, (troupe::controller_actor))
  CAF_ADD_TYPE_ID(troupe_roles, (troupe::coordinator_actor))
  CAF_ADD_TYPE_ID(troupe_roles, (troupe::metadata_listener_actor))
  CAF_ADD_TYPE_ID(troupe_roles, (troupe::partition_actor))

CAF_END_TYPE_ID_BLOCK(troupe_roles)
