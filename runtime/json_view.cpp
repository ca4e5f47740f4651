#include "runtime/json_view.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "actors/protocol/utf8.hpp"
#include "config/rules.hpp"

namespace troupe {

namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

value strings(const std::vector<std::string>& xs) {
  array result;
  for (const auto& x : xs)
    result.emplace_back(text_to_json(x));
  return result;
}

value to_json(const member_description& x) {
  return object{{"name", text_to_json(x.name)},
                {"member", to_string(x.member)},
                {"instance_id", text_to_json(x.instance_id)},
                {"epoch", x.epoch},
                {"state", text_to_json(x.state)},
                {"topics", strings(x.topics)},
                {"partitions_owned", x.owned.size()},
                {"partitions_revoking", x.revoking.size()}};
}

value to_json(const timeline_move& x) {
  return object{{"topic", text_to_json(x.topic)},
                {"partition", x.id.partition},
                {"from", null_if_empty(x.from)},
                {"to", null_if_empty(x.to)},
                {"without_owner_ms", null_below_zero(x.without_owner_ms)},
                {"offset", null_below_zero(x.offset)},
                {"reason", to_string(x.reason)},
                {"repeated", x.repeated}};
}

value to_json(const consumer_partition& x) {
  return object{{"topic", text_to_json(x.topic)},
                {"partition", x.id.partition},
                {"state", text_to_json(x.state)},
                {"position", x.position},
                {"next", null_below_zero(x.committed_next)},
                {"buffered_bytes", x.buffered_bytes}};
}

} // namespace

value null_below_zero(int64_t x) {
  return x < 0 ? value(nullptr) : value(x);
}

boost::json::string text_to_json(std::string_view x) {
  return boost::json::string{valid_utf8(x)};
}

value text_or_null(const bytes& x) {
  return x.is_null() ? value(nullptr) : value(text_to_json(x.view()));
}

value null_if_empty(std::string_view x) {
  return x.empty() ? value(nullptr) : value(text_to_json(x));
}

value to_json(const topic_info& x) {
  return object{{"name", text_to_json(x.name)},
                {"id", to_string(x.id)},
                {"partitions", x.partitions()},
                {"replication_factor", x.replication_factor},
                {"replicas", x.replicas()},
                {"internal", x.is_internal}};
}

value to_json(const partition_status& x) {
  return object{{"name", text_to_json(x.name)},
                {"partition", x.id.partition},
                {"start", x.log_start},
                {"high_watermark", x.high_watermark},
                {"end", x.log_end},
                {"synced_end", x.synced_end},
                {"leader_epoch", x.leader_epoch},
                {"size_bytes", x.size_bytes},
                {"segments", x.segments},
                {"syncs", x.syncs},
                {"appended_records", x.appended_records},
                {"appended_bytes", x.appended_bytes},
                {"fetched_bytes", x.fetched_bytes},
                {"waiting_fetches", x.waiting_fetches},
                {"producers", x.producers},
                {"recovery", text_to_json(x.recovery)},
                {"failure", text_to_json(x.failure)}};
}

value to_json(const group_position& x) {
  return object{
    {"topic", text_to_json(x.topic)},
    {"partition", x.id.partition},
    {"committed", x.next < 0 ? value(nullptr) : value(x.committed())},
    {"next", null_below_zero(x.next)},
    {"start", null_below_zero(x.start)},
    {"end", null_below_zero(x.high_watermark)},
    {"lag", null_below_zero(x.lag())},
    {"oldest_ms", null_below_zero(x.oldest_ms)},
    {"owner", null_if_empty(x.owner)},
    {"reason", to_string(x.reason)},
    {"paused", x.is_paused},
    {"metadata", text_to_json(x.metadata)}};
}

value to_json(const group_description& x) {
  array members;
  for (const auto& member : x.members)
    members.push_back(to_json(member));
  return object{{"group", text_to_json(x.group)},
                {"state", text_to_json(x.state)},
                {"epoch", x.epoch},
                {"coordinator_epoch", x.coordinator_epoch},
                {"started", x.is_started},
                {"start", to_json(x.rules.start)},
                {"start_is_stored", x.rules.start_is_stored},
                {"assignor", x.rules.assignor},
                {"events", x.events},
                {"members", std::move(members)},
                {"positions", to_json(x.positions)}};
}

value to_json(const timeline_event& x) {
  array moves;
  for (const auto& move : x.moves)
    moves.push_back(to_json(move));
  return object{{"number", x.number},
                {"time_ms", x.time_ms},
                {"epoch", x.epoch},
                {"cause", text_to_json(x.cause)},
                {"moves", std::move(moves)}};
}

value to_json(const reset_entry& x) {
  return object{{"topic", text_to_json(x.topic)},
                {"partition", x.id.partition},
                {"from", null_below_zero(x.from)},
                {"to", x.to}};
}

value to_json(const node_status& x) {
  return object{{"cluster_id", to_string(x.cluster_id)},
                {"node_id", x.node_id},
                {"version", text_to_json(x.version)},
                {"data_directory", text_to_json(x.data_directory)},
                {"metadata_index", x.metadata_index},
                {"metadata_term", x.metadata_term},
                {"feature_level", x.level},
                {"topics", x.topics},
                {"partitions", x.partitions},
                {"partitions_offline", x.partitions_offline},
                {"groups", x.groups},
                {"consumers", x.consumers},
                {"log_bytes", x.log_bytes},
                {"disk_free_bytes", null_below_zero(x.disk_free_bytes)},
                {"started_ms", x.started_ms},
                {"now_ms", x.now_ms},
                {"recovery", strings(x.recovery)},
                {"problems", strings(x.problems)}};
}

value to_json(const consumer_status& x) {
  array partitions;
  for (const auto& partition : x.partitions)
    partitions.push_back(to_json(partition));
  return object{{"group", text_to_json(x.group)},
                {"name", text_to_json(x.name)},
                {"handler", text_to_json(x.handler)},
                {"member", to_string(x.member)},
                {"epoch", x.member_epoch},
                {"state", text_to_json(x.state)},
                {"partitions", std::move(partitions)},
                {"handled", x.handled},
                {"retried", x.retried},
                {"dropped_results", x.dropped_results},
                {"skipped", x.skipped},
                {"commits", x.commits},
                {"commits_refused", x.commits_refused},
                {"handler_restarts", x.handler_restarts},
                {"dead_letters", x.dead_letters},
                {"parked", x.parked},
                {"activity", text_to_json(x.activity)},
                {"activity_ms", null_below_zero(x.activity_ms)},
                {"last_problem", text_to_json(x.last_problem)}};
}

value to_json(const replication_metrics& x) {
  return object{{"bytes_in", x.bytes_in},
                {"bytes_out", x.bytes_out},
                {"elections_won", x.elections_won},
                {"in_sync_shrinks", x.in_sync_shrinks},
                {"in_sync_expands", x.in_sync_expands}};
}

value to_json(const link_metrics& x) {
  return object{{"open", x.open},
                {"bytes_sent", x.bytes_sent},
                {"bytes_received", x.bytes_received},
                {"unanswered_bytes", x.unanswered_bytes},
                {"opened", x.opened},
                {"lost", x.lost},
                {"refused_tls", x.refused_tls},
                {"refused_garbage", x.refused_garbage},
                {"refused_other", x.refused_other},
                {"requests_refused", x.requests_refused}};
}

value to_json(const node_metrics& x) {
  return object{
    {"node_id", x.node_id},
    {"started_ms", x.started_ms},
    {"now_ms", x.now_ms},
    {"metadata_index", x.metadata_index},
    {"peers", x.peers},
    {"peers_connected", x.peers_connected},
    {"controller", object{{"leader", x.controller.leader},
                          {"term", x.controller.term},
                          {"log_index", x.controller.log_index},
                          {"applied_index", x.controller.applied_index},
                          {"elections_won", x.controller.elections_won}}},
    {"replication", to_json(x.replication)},
    {"links", to_json(x.links)}};
}

} // namespace troupe
