#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <caf/type_id.hpp>

#include "actors/protocol/backup_messages.hpp"
#include "actors/protocol/client_messages.hpp"
#include "actors/protocol/cluster_messages.hpp"
#include "actors/protocol/group_messages.hpp"
#include "actors/protocol/metadata_messages.hpp"
#include "actors/protocol/metrics_messages.hpp"
#include "actors/protocol/partition_messages.hpp"

namespace troupe::storage {

class file;

} // namespace troupe::storage

namespace troupe {

/// Files of a log to make durable, in this order. Stays in the process.
struct sync_job {
  std::vector<std::shared_ptr<storage::file>> files;
  /// The offset behind what has been written to them: grows while the job
  /// waits for its turn.
  std::shared_ptr<const std::atomic<int64_t>> written;
};

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::sync_job)

/// Every type and verb that messages are made of, for CAF.
CAF_BEGIN_TYPE_ID_BLOCK(troupe, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(troupe, (troupe::append_request))
  CAF_ADD_TYPE_ID(troupe, (troupe::append_result))
  CAF_ADD_TYPE_ID(troupe, (troupe::assigned_partition))
  CAF_ADD_TYPE_ID(troupe, (troupe::assignment))
  CAF_ADD_TYPE_ID(troupe, (troupe::backup_summary))
  CAF_ADD_TYPE_ID(troupe, (troupe::bytes))
  CAF_ADD_TYPE_ID(troupe, (troupe::cluster_order))
  CAF_ADD_TYPE_ID(troupe, (troupe::cluster_status))
  CAF_ADD_TYPE_ID(troupe, (troupe::commit_request))
  CAF_ADD_TYPE_ID(troupe, (troupe::commit_result))
  CAF_ADD_TYPE_ID(troupe, (troupe::consumer_status))
  CAF_ADD_TYPE_ID(troupe, (troupe::controller_metrics))
  CAF_ADD_TYPE_ID(troupe, (troupe::delete_request))
  CAF_ADD_TYPE_ID(troupe, (troupe::delete_result))
  CAF_ADD_TYPE_ID(troupe, (troupe::delivery))
  CAF_ADD_TYPE_ID(troupe, (troupe::epoch_end))
  CAF_ADD_TYPE_ID(troupe, (troupe::fenced_notice))
  CAF_ADD_TYPE_ID(troupe, (troupe::fetch_request))
  CAF_ADD_TYPE_ID(troupe, (troupe::fetch_result))
  CAF_ADD_TYPE_ID(troupe, (troupe::group_description))
  CAF_ADD_TYPE_ID(troupe, (troupe::group_image))
  CAF_ADD_TYPE_ID(troupe, (troupe::heartbeat))
  CAF_ADD_TYPE_ID(troupe, (troupe::heartbeat_result))
  CAF_ADD_TYPE_ID(troupe, (troupe::join_request))
  CAF_ADD_TYPE_ID(troupe, (troupe::join_result))
  CAF_ADD_TYPE_ID(troupe, (troupe::keyed_record))
  CAF_ADD_TYPE_ID(troupe, (troupe::leave_request))
  CAF_ADD_TYPE_ID(troupe, (troupe::log_snapshot))
  CAF_ADD_TYPE_ID(troupe, (troupe::member_state))
  CAF_ADD_TYPE_ID(troupe, (troupe::metadata_update))
  CAF_ADD_TYPE_ID(troupe, (troupe::node_beat))
  CAF_ADD_TYPE_ID(troupe, (troupe::node_info))
  CAF_ADD_TYPE_ID(troupe, (troupe::node_lease))
  CAF_ADD_TYPE_ID(troupe, (troupe::node_metrics))
  CAF_ADD_TYPE_ID(troupe, (troupe::node_status))
  CAF_ADD_TYPE_ID(troupe, (troupe::offset_answer))
  CAF_ADD_TYPE_ID(troupe, (troupe::offset_query))
  CAF_ADD_TYPE_ID(troupe, (troupe::node_disk))
  CAF_ADD_TYPE_ID(troupe, (troupe::partition_change))
  CAF_ADD_TYPE_ID(troupe, (troupe::partition_choice))
  CAF_ADD_TYPE_ID(troupe, (troupe::partition_placement))
  CAF_ADD_TYPE_ID(troupe, (troupe::partition_status))
  CAF_ADD_TYPE_ID(troupe, (troupe::pause_notice))
  CAF_ADD_TYPE_ID(troupe, (troupe::posting))
  CAF_ADD_TYPE_ID(troupe, (troupe::producer_identity))
  CAF_ADD_TYPE_ID(troupe, (troupe::producer_status))
  CAF_ADD_TYPE_ID(troupe, (troupe::record_batch))
  CAF_ADD_TYPE_ID(troupe, (troupe::record_metadata))
  CAF_ADD_TYPE_ID(troupe, (troupe::replica_fetch))
  CAF_ADD_TYPE_ID(troupe, (troupe::replica_records))
  CAF_ADD_TYPE_ID(troupe, (troupe::replica_role))
  CAF_ADD_TYPE_ID(troupe, (troupe::replica_status))
  CAF_ADD_TYPE_ID(troupe, (troupe::reset_plan))
  CAF_ADD_TYPE_ID(troupe, (troupe::reset_request))
  CAF_ADD_TYPE_ID(troupe, (troupe::revocation))
  CAF_ADD_TYPE_ID(troupe, (troupe::revoked_notice))
  CAF_ADD_TYPE_ID(troupe, (troupe::timeline_event))
  CAF_ADD_TYPE_ID(troupe, (troupe::topic_info))
  CAF_ADD_TYPE_ID(troupe, (troupe::topic_partition))
  CAF_ADD_TYPE_ID(troupe, (troupe::topic_settings))
  CAF_ADD_TYPE_ID(troupe, (troupe::topic_spec))
  CAF_ADD_TYPE_ID(troupe, (troupe::uuid))

  CAF_ADD_TYPE_ID(troupe, (std::vector<std::string>))
  CAF_ADD_TYPE_ID(troupe, (std::vector<troupe::consumer_status>))
  CAF_ADD_TYPE_ID(troupe, (std::vector<troupe::keyed_record>))
  CAF_ADD_TYPE_ID(troupe, (std::vector<troupe::log_snapshot>))
  CAF_ADD_TYPE_ID(troupe, (std::vector<troupe::node_info>))
  CAF_ADD_TYPE_ID(troupe, (std::vector<troupe::partition_choice>))
  CAF_ADD_TYPE_ID(troupe, (std::vector<troupe::posting>))
  CAF_ADD_TYPE_ID(troupe, (std::vector<troupe::record_metadata>))
  CAF_ADD_TYPE_ID(troupe, (std::vector<troupe::timeline_event>))
  CAF_ADD_TYPE_ID(troupe, (std::vector<troupe::topic_info>))

  CAF_ADD_ATOM(troupe, troupe, append_atom, "append")
  CAF_ADD_ATOM(troupe, troupe, assign_atom, "assign")
  CAF_ADD_ATOM(troupe, troupe, backup_atom, "backup")
  CAF_ADD_ATOM(troupe, troupe, beat_atom, "beat")
  CAF_ADD_ATOM(troupe, troupe, change_atom, "change")
  CAF_ADD_ATOM(troupe, troupe, commit_atom, "commit")
  CAF_ADD_ATOM(troupe, troupe, config_atom, "config")
  CAF_ADD_ATOM(troupe, troupe, consumers_atom, "consumers")
  CAF_ADD_ATOM(troupe, troupe, controller_atom, "controller")
  CAF_ADD_ATOM(troupe, troupe, create_atom, "create")
  CAF_ADD_ATOM(troupe, troupe, delete_atom, "delete")
  CAF_ADD_ATOM(troupe, troupe, describe_atom, "describe")
  CAF_ADD_ATOM(troupe, troupe, epoch_atom, "epoch")
  CAF_ADD_ATOM(troupe, troupe, fenced_atom, "fenced")
  CAF_ADD_ATOM(troupe, troupe, fetch_atom, "fetch")
  CAF_ADD_ATOM(troupe, troupe, flush_atom, "flush")
  CAF_ADD_ATOM(troupe, troupe, group_atom, "group")
  CAF_ADD_ATOM(troupe, troupe, groups_atom, "groups")
  CAF_ADD_ATOM(troupe, troupe, grow_atom, "grow")
  CAF_ADD_ATOM(troupe, troupe, handle_atom, "handle")
  CAF_ADD_ATOM(troupe, troupe, host_atom, "host")
  CAF_ADD_ATOM(troupe, troupe, identify_atom, "identify")
  CAF_ADD_ATOM(troupe, troupe, join_atom, "join")
  CAF_ADD_ATOM(troupe, troupe, leave_atom, "leave")
  CAF_ADD_ATOM(troupe, troupe, load_atom, "load")
  CAF_ADD_ATOM(troupe, troupe, locate_atom, "locate")
  CAF_ADD_ATOM(troupe, troupe, metrics_atom, "metrics")
  CAF_ADD_ATOM(troupe, troupe, nodes_atom, "nodes")
  CAF_ADD_ATOM(troupe, troupe, offset_atom, "offset")
  CAF_ADD_ATOM(troupe, troupe, order_atom, "order")
  CAF_ADD_ATOM(troupe, troupe, pace_atom, "pace")
  CAF_ADD_ATOM(troupe, troupe, pause_atom, "pause")
  CAF_ADD_ATOM(troupe, troupe, post_atom, "post")
  CAF_ADD_ATOM(troupe, troupe, raft_atom, "raft")
  CAF_ADD_ATOM(troupe, troupe, replicate_atom, "replicate")
  CAF_ADD_ATOM(troupe, troupe, reset_atom, "reset")
  CAF_ADD_ATOM(troupe, troupe, restart_atom, "restart")
  CAF_ADD_ATOM(troupe, troupe, revoke_atom, "revoke")
  CAF_ADD_ATOM(troupe, troupe, revoked_atom, "revoked")
  CAF_ADD_ATOM(troupe, troupe, role_atom, "role")
  CAF_ADD_ATOM(troupe, troupe, snapshot_atom, "snapshot")
  CAF_ADD_ATOM(troupe, troupe, state_atom, "state")
  CAF_ADD_ATOM(troupe, troupe, status_atom, "status")
  CAF_ADD_ATOM(troupe, troupe, stop_atom, "stop")
  CAF_ADD_ATOM(troupe, troupe, sync_atom, "sync")
  CAF_ADD_ATOM(troupe, troupe, tick_atom, "tick")
  CAF_ADD_ATOM(troupe, troupe, timeline_atom, "timeline")
  CAF_ADD_ATOM(troupe, troupe, topic_atom, "topic")
  CAF_ADD_ATOM(troupe, troupe, topics_atom, "topics")
  CAF_ADD_ATOM(troupe, troupe, update_atom, "update")
  CAF_ADD_ATOM(troupe, troupe, upkeep_atom, "upkeep")
  CAF_ADD_ATOM(troupe, troupe, watch_atom, "watch")
  CAF_ADD_ATOM(troupe, troupe, write_atom, "write")

CAF_END_TYPE_ID_BLOCK(troupe)
