// What a controller of a cluster is asked.

#include <algorithm>
#include <utility>

#include <caf/actor_cast.hpp>
#include <fmt/format.h>

#include "actors/controller/cluster_plan.hpp"
#include "actors/controller/levels.hpp"
#include "actors/quorum_controller/quorum_controller.hpp"

namespace troupe {

namespace {

/// Producers that wait for an id.
constexpr size_t waiting_max = 10'000;

/// Listeners: the node, and one for each group.
constexpr size_t listeners_max = 1'000'000;

const char* name_of(consensus::member_role x) {
  switch (x) {
    case consensus::member_role::voter:
      return "voter";
    case consensus::member_role::standby:
      return "standby";
    default:
      return "spare";
  }
}

} // namespace

caf::result<topic_info> quorum_controller_state::carry_out(
  caf::expected<command> plan) {
  if (!plan)
    return std::move(plan.error());
  auto promise = self->make_response_promise<topic_promise>();
  if (auto error = submit({*plan}, promise))
    promise.deliver(std::move(error));
  return promise;
}

caf::result<topic_info> quorum_controller_state::place(
  caf::expected<command> plan) {
  // Alone on a node that is only said to live, a partition would be lost
  // before it held anything.
  for (const auto& [id, node] : planned.nodes())
    if (plan && !node.is_fenced && !alive.has_been_heard(id))
      return make_error(ec::not_available,
                        fmt::format("the controllers have a new leader, which "
                                    "has not heard of node {} yet; try again",
                                    id));
  return carry_out(std::move(plan));
}

caf::result<partition_placement> quorum_controller_state::change(
  const partition_change& x) {
  std::vector<command> plan;
  if (x.wanted.leader == 0) {
    plan = plan_resignation(
      planned, x, [this](uint32_t node) { return alive.seems_alive(node); });
    if (plan.empty())
      return make_error(ec::stale_partition_epoch,
                        "another one leads the partition already");
  } else {
    auto change = planned.plan_change(x, leaving);
    if (!change)
      return std::move(change.error());
    plan = {std::move(*change)};
  }
  auto promise = self->make_response_promise<placement_promise>();
  if (auto error = submit(plan, promise))
    promise.deliver(std::move(error));
  return promise;
}

caf::result<caf::ok_atom> quorum_controller_state::order(
  const cluster_order& x) {
  using kind = cluster_order::kind;
  switch (x.what) {
    case kind::demote:
      if (auto error = check_demotion(view_members(), x.node))
        return error;
      break;
    case kind::promote:
      if (auto error = check_promotion(view_members(), x.node))
        return error;
      break;
    case kind::transfer: {
      if (x.node == config.node_id)
        return caf::ok_atom_v;
      // 0: whoever is up to date.
      auto members = server->members();
      auto may_lead = [&](const consensus::member& y) {
        return y.id == x.node && y.role == consensus::member_role::voter;
      };
      if (x.node != 0 && std::none_of(members.begin(), members.end(), may_lead))
        return make_error(ec::invalid_argument,
                          fmt::format("node {} is none of those that vote; "
                                      "'troupe cluster status' shows them",
                                      x.node));
      auto out = server->transfer(raft_now(), x.node);
      if (!out)
        return std::move(out.error());
      carry_out(std::move(out));
      return caf::ok_atom_v;
    }
    default:
      break;
  }
  auto plan = plan_order(planned, x);
  if (!plan)
    return std::move(plan.error());
  if (plan->empty())
    return caf::ok_atom_v;
  auto promise = self->make_response_promise<order_promise>();
  if (auto error = submit(*plan, promise))
    promise.deliver(std::move(error));
  upkeep_due = now();
  set_timer();
  return promise;
}

caf::result<producer_identity> quorum_controller_state::identify() {
  if (waiting_ids.size() >= waiting_max)
    return make_error(ec::queue_full,
                      fmt::format("{} producers wait for an id, the most that "
                                  "may",
                                  waiting_ids.size()));
  auto promise = self->make_response_promise<identity_promise>();
  waiting_ids.push_back(promise);
  hand_out_ids();
  return promise;
}

caf::result<metadata_update> quorum_controller_state::watch(
  const metadata_listener_actor& listener) {
  if (std::find(listeners.begin(), listeners.end(), listener)
      == listeners.end()) {
    if (listeners.size() >= listeners_max)
      return make_error(
        ec::queue_full,
        fmt::format("{} listeners, the most that may", listeners.size()));
    self->monitor(listener);
    listeners.push_back(listener);
  }
  return durable.whole();
}

caf::expected<node_lease> quorum_controller_state::beat(const node_beat& x) {
  auto id = x.about.id;
  auto known = planned.nodes().find(id);
  if (known != planned.nodes().end()
      && known->second.directory_id != x.about.directory_id
      && alive.is_alive(id))
    return make_error(ec::wrong_cluster,
                      fmt::format("there is a node {} already, at {}, with "
                                  "another data directory",
                                  id, known->second.address));
  if (auto error = check_registration(planned, x.about))
    return error;
  if (auto plan = plan_registration(planned, x.about); !plan.empty()) {
    if (auto error = submit(plan, {}))
      return error;
    to_know[id] = planned.index();
  }
  alive.heard(id, now());
  set_timer();
  if (x.is_leaving) {
    auto is_new = leaving.insert(id).second;
    auto plan = plan_leave(planned, id, leaving);
    auto is_handed_over = !plan.empty();
    pursue(plan);
    // Who leads instead is not to wait for it either.
    if (is_new || is_handed_over)
      shrink_later();
  } else {
    leaving.erase(id);
    auto needed = to_know.try_emplace(id, planned.index()).first->second;
    if (planned.nodes().at(id).is_fenced && x.metadata_index >= needed)
      pursue(plan_unfence(planned, id));
    if (!planned.nodes().at(id).is_fenced) {
      to_know.erase(id);
      shrink_for(id, x.metadata_index);
    }
  }
  auto registered = durable.nodes().find(id);
  node_lease result;
  // One that was deposed without knowing it yet gives no leases.
  if (registered != durable.nodes().end() && !registered->second.is_fenced
      && is_followed()) {
    result.length = config.cluster.lease;
    // A connection that is lost ends the lease sooner.
    result.fresh = std::min(config.cluster.lease, config.cluster.lost_lease);
  }
  if (x.is_leaving) {
    std::set<uint32_t> staying;
    for (const auto& [other, node] : planned.nodes())
      if (!node.is_fenced && !leaving.contains(other))
        staying.insert(other);
    result.leads = count_to_hand_over(durable, id, staying);
  } else {
    result.leads = count_led(durable, id);
  }
  result.metadata_index = durable.index();
  return result;
}

cluster_status quorum_controller_state::look() const {
  cluster_status result;
  // Others than the leader are asked only when it is not reached: whom it hears
  // is not known then.
  result.leader = leads() ? config.node_id : 0;
  result.term = server->term();
  result.metadata_index = durable.index();
  result.partitions_moving = count_moving(durable);
  result.level = durable.level();
  result.voters = config.cluster.voters;
  for (const auto& [id, node] : durable.nodes())
    result.nodes.push_back(node);
  for (const auto& x : server->members()) {
    quorum_member member;
    member.node = static_cast<uint32_t>(x.id);
    if (auto i = durable.nodes().find(member.node); i != durable.nodes().end())
      member.address = i->second.address;
    member.role = name_of(x.role);
    member.answers = answers(x.id);
    if (leads()) {
      auto has = x.id == config.node_id ? server->last_index()
                                        : server->match_index(x.id);
      member.behind = server->last_index() - has;
    }
    result.members.push_back(std::move(member));
  }
  return result;
}

node_status quorum_controller_state::status() const {
  node_status result;
  result.cluster_id = config.cluster_id;
  result.node_id = config.node_id;
  result.directory_id = config.directory_id;
  result.metadata_index = durable.index();
  result.metadata_term = durable.term();
  result.topics = durable.topic_count();
  result.partitions = static_cast<uint32_t>(durable.partition_count());
  if (!is_member())
    result.problems.push_back("this node waits to be taken into the cluster");
  else if (!leads() && server->leader().first == 0)
    result.problems.push_back("the controllers have no leader: topics cannot "
                              "be changed, and nobody takes over from nodes "
                              "that fail");
  return result;
}

controller_metrics quorum_controller_state::metrics() const {
  controller_metrics result;
  result.leader = static_cast<uint32_t>(server->leader().first);
  result.term = server->term();
  result.log_index = server->last_index();
  result.applied_index = server->applied_index();
  result.elections_won = elections_won;
  result.leaving.assign(leaving.begin(), leaving.end());
  return result;
}

bool quorum_controller_state::leads() const {
  return leading_term != 0 && !has_failed;
}

bool quorum_controller_state::is_member() const {
  return !server->members().empty();
}

std::string quorum_controller_state::address() const {
  return to_string(config.directory_id);
}

caf::expected<controller_actor> quorum_controller_state::leader() const {
  auto [id, address] = server->leader();
  if (id == 0 || id == config.node_id)
    return make_error(ec::not_leader, "the controllers elect their leader");
  if (auto result = peer(id, address))
    return result;
  return make_error(ec::not_leader,
                    fmt::format("node {} leads the controllers, and is not "
                                "reached from node {}",
                                id, config.node_id));
}

caf::expected<controller_actor> quorum_controller_state::anybody() {
  if (peers.empty())
    return make_error(ec::not_available,
                      "no other node is reached, and this one waits to be "
                      "taken into the cluster");
  // One after the other: some may wait, too.
  auto i = peers.upper_bound(asked_last);
  if (i == peers.end())
    i = peers.begin();
  asked_last = i->first;
  return i->second;
}

} // namespace troupe
