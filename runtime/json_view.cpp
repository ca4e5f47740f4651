#include "runtime/json_view.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "config/rules.hpp"

namespace troupe {

namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

value strings(const std::vector<std::string>& xs) {
  array result;
  for (const auto& x : xs)
    result.emplace_back(x);
  return result;
}

value to_json(const member_description& x) {
  return object{{"name", x.name},
                {"member", to_string(x.member)},
                {"instance_id", x.instance_id},
                {"epoch", x.epoch},
                {"state", x.state},
                {"topics", strings(x.topics)},
                {"partitions_owned", x.owned.size()},
                {"partitions_revoking", x.revoking.size()}};
}

value to_json(const timeline_move& x) {
  return object{{"topic", x.topic},
                {"partition", x.id.partition},
                {"from", x.from},
                {"to", x.to},
                {"without_owner_ms", offset_to_json(x.without_owner_ms)},
                {"offset", offset_to_json(x.offset)},
                {"reason", to_string(x.reason)},
                {"repeated", x.repeated}};
}

value to_json(const consumer_partition& x) {
  return object{{"topic", x.topic},
                {"partition", x.id.partition},
                {"state", x.state},
                {"position", x.position},
                {"next", offset_to_json(x.committed_next)},
                {"buffered_bytes", x.buffered_bytes}};
}

} // namespace

value offset_to_json(int64_t x) {
  return x < 0 ? value(nullptr) : value(x);
}

value to_json(const topic_info& x) {
  return object{{"name", x.name},
                {"id", to_string(x.id)},
                {"partitions", x.partitions()},
                {"internal", x.is_internal}};
}

value to_json(const partition_status& x) {
  return object{{"name", x.name},
                {"partition", x.id.partition},
                {"start", x.log_start},
                {"high_watermark", x.high_watermark},
                {"end", x.log_end},
                {"synced_end", x.synced_end},
                {"leader_epoch", x.leader_epoch},
                {"size_bytes", x.size_bytes},
                {"segments", x.segments},
                {"waiting_fetches", x.waiting_fetches},
                {"producers", x.producers},
                {"recovery", x.recovery},
                {"failure", x.failure}};
}

value to_json(const group_position& x) {
  return object{
    {"topic", x.topic},
    {"partition", x.id.partition},
    {"committed", x.next < 0 ? value(nullptr) : value(x.committed())},
    {"next", offset_to_json(x.next)},
    {"start", offset_to_json(x.start)},
    {"end", offset_to_json(x.high_watermark)},
    {"lag", offset_to_json(x.lag())},
    {"owner", x.owner},
    {"reason", to_string(x.reason)},
    {"paused", x.is_paused},
    {"metadata", x.metadata}};
}

value to_json(const group_description& x) {
  array members;
  for (const auto& member : x.members)
    members.push_back(to_json(member));
  return object{{"group", x.group},
                {"state", x.state},
                {"epoch", x.epoch},
                {"coordinator_epoch", x.coordinator_epoch},
                {"started", x.is_started},
                {"start", to_json(x.rules.start)},
                {"start_is_stored", x.rules.start_is_stored},
                {"assignor", x.rules.assignor},
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
                {"cause", x.cause},
                {"moves", std::move(moves)}};
}

value to_json(const reset_entry& x) {
  return object{{"topic", x.topic},
                {"partition", x.id.partition},
                {"from", offset_to_json(x.from)},
                {"to", x.to}};
}

value to_json(const node_status& x) {
  return object{{"cluster_id", to_string(x.cluster_id)},
                {"node_id", x.node_id},
                {"version", x.version},
                {"data_directory", x.data_directory},
                {"metadata_index", x.metadata_index},
                {"metadata_term", x.metadata_term},
                {"topics", x.topics},
                {"partitions", x.partitions},
                {"partitions_offline", x.partitions_offline},
                {"groups", x.groups},
                {"consumers", x.consumers},
                {"started_ms", x.started_ms},
                {"now_ms", x.now_ms},
                {"recovery", strings(x.recovery)},
                {"problems", strings(x.problems)}};
}

value to_json(const consumer_status& x) {
  array partitions;
  for (const auto& partition : x.partitions)
    partitions.push_back(to_json(partition));
  return object{{"group", x.group},
                {"name", x.name},
                {"member", to_string(x.member)},
                {"epoch", x.member_epoch},
                {"state", x.state},
                {"partitions", std::move(partitions)},
                {"handled", x.handled},
                {"retried", x.retried},
                {"dropped_results", x.dropped_results},
                {"skipped", x.skipped},
                {"commits", x.commits},
                {"commits_refused", x.commits_refused},
                {"handler_restarts", x.handler_restarts},
                {"last_problem", x.last_problem}};
}

} // namespace troupe
