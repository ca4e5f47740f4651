#include "runtime/link/permissions.hpp"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "actors/protocol/interfaces.hpp"

namespace troupe::link {

namespace {

template <class... Ts>
bool is(const caf::message& x) {
  return x.match_elements<Ts...>();
}

template <class Request, class Atom>
bool is_preview(const caf::message& x) {
  return is<Atom, Request>(x) && x.get_as<Request>(1).is_preview;
}

/// A worker makes the topics of its groups' letters.
bool is_letter_topic(const caf::message& x) {
  if (!is<create_atom, topic_spec>(x))
    return false;
  const auto& name = x.get_as<topic_spec>(1).name;
  return name.ends_with(".dead") || name.ends_with(".parked");
}

using op = operation;
using text = std::string;

struct row {
  bool (*is)(const caf::message& x);
  operation what;
};

/// All clauses of `interfaces.hpp` that another process may ever be asked for;
/// the first that fits counts, so what is asked most comes first.
constexpr row rows[] = {
  {is<fetch_atom, fetch_request>, op::fetch},
  {is<append_atom, append_request>, op::produce},
  {is<beat_atom, heartbeat>, op::consume},
  {is<commit_atom, commit_request>, op::consume},
  {is<pace_atom, uuid, uint32_t>, op::consume},
  {is<join_atom, join_request, consumer_actor>, op::consume},
  {is<revoked_atom, revoked_notice>, op::consume},
  {is<leave_atom, leave_request>, op::consume},
  {is<identify_atom>, op::produce},

  {is<topics_atom>, op::look},
  {is<topic_atom, text>, op::look},
  {is<locate_atom, topic_partition>, op::look},
  {is<group_atom, text>, op::look},
  {is<groups_atom>, op::look},
  {is<watch_atom, metadata_listener_actor>, op::look},
  {is<status_atom>, op::look},
  {is<metrics_atom>, op::look},
  {is<nodes_atom>, op::look},
  {is<consumers_atom>, op::look},
  {is<describe_atom>, op::look},
  {is<timeline_atom>, op::look},
  {is<offset_atom, offset_query>, op::look},
  {is<epoch_atom, int32_t>, op::look},
  {is_preview<reset_request, reset_atom>, op::look},
  {is_preview<delete_request, delete_atom>, op::look},

  {is_letter_topic, op::produce},
  {is<create_atom, topic_spec>, op::change_topics},
  {is<grow_atom, text, int32_t>, op::change_topics},
  {is<delete_atom, text>, op::change_topics},
  {is<config_atom, text, topic_settings>, op::change_topics},
  {is<delete_atom, delete_request>, op::delete_records},
  {is<pause_atom, std::vector<partition_choice>, bool>, op::change_groups},
  {is<reset_atom, reset_request>, op::change_groups},
  {is<delete_atom>, op::change_groups},
  {is<order_atom, cluster_order>, op::change_cluster},
  {is<backup_atom>, op::backup},
  {is<fetch_atom, uint32_t>, op::backup},
  {is<beat_atom>, op::backup},
  {is<stop_atom>, op::stop},
  {is<restart_atom, uuid>, op::stop},

  {is<host_atom, topic_partition>, op::take_part},
  {is<host_atom, text>, op::take_part},
  {is<controller_atom>, op::take_part},
  {is<controller_atom, node_disk, caf::strong_actor_ptr>, op::take_part},
  {is<raft_atom, uint32_t, text>, op::take_part},
  {is<beat_atom, node_beat>, op::take_part},
  {is<change_atom, partition_change>, op::take_part},
  {is<create_atom, topic_spec, bool>, op::take_part},
  {is<replicate_atom, replica_fetch>, op::take_part},
  {is<role_atom, replica_role>, op::take_part},
  {is<config_atom, topic_settings>, op::take_part},
  {is<snapshot_atom, text>, op::take_part},
  {is<update_atom, metadata_update>, op::take_part},
  {is<tick_atom>, op::take_part},
  {is<upkeep_atom>, op::take_part},
};

constexpr std::array roles = {peer_role::reader, peer_role::worker,
                              peer_role::admin, peer_role::node};

} // namespace

const char* to_string(operation x) {
  switch (x) {
    case op::look:
      return "look at topics, groups and status";
    case op::fetch:
      return "read records";
    case op::produce:
      return "produce records";
    case op::consume:
      return "consume as a member of a group";
    case op::change_topics:
      return "create, change or delete topics";
    case op::delete_records:
      return "delete records";
    case op::change_groups:
      return "pause, reset or delete groups";
    case op::change_cluster:
      return "change the cluster";
    case op::backup:
      return "make backups";
    case op::stop:
      return "stop or restart nodes";
    case op::take_part:
      return "take part in the cluster";
  }
  return "do this";
}

std::optional<operation> operation_of(const caf::message& x) {
  for (const auto& row : rows)
    if (row.is(x))
      return row.what;
  return std::nullopt;
}

bool may(peer_role role, operation what) {
  switch (role) {
    case peer_role::node:
      return true;
    case peer_role::admin:
      return what != op::take_part;
    case peer_role::worker:
      return what == op::look || what == op::fetch || what == op::produce
             || what == op::consume;
    case peer_role::reader:
      return what == op::look || what == op::fetch;
    case peer_role::none:
      return false;
  }
  return false;
}

std::string who_may(operation what) {
  std::vector<std::string> result;
  for (auto role : roles)
    // A node can do all, but is not what people use.
    if (may(role, what) && (role != peer_role::node || result.empty()))
      result.push_back(fmt::format("OU={}", to_string(role)));
  return fmt::format("{}", fmt::join(result, " or "));
}

caf::error check_permission(peer_role role, const caf::message& x) {
  if (role == peer_role::node)
    return caf::none;
  auto what = operation_of(x).value_or(op::take_part);
  if (may(role, what))
    return caf::none;
  return make_error(
    ec::not_allowed,
    fmt::format("a certificate with OU={} may not {}; one with {} may",
                to_string(role), to_string(what), who_may(what)));
}

} // namespace troupe::link
