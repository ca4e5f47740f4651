// What the leader of a cluster's controllers does by itself.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/controller/cluster_plan.hpp"
#include "actors/controller/levels.hpp"
#include "actors/protocol/overloaded.hpp"
#include "actors/quorum_controller/membership.hpp"
#include "actors/quorum_controller/quorum_controller.hpp"

namespace troupe {

namespace {

/// Commands that are not agreed on yet.
constexpr size_t pending_max = 10'000;

/// Producer ids reserved by one command.
constexpr int32_t ids_block = 1'000;

/// How often a leader looks what there is to do.
constexpr caf::timespan upkeep_interval = std::chrono::milliseconds{250};

/// Entries that one of those that agree may lack and yet be counted on.
constexpr uint64_t behind_max = 1'000;

/// Partitions that are being moved at once.
constexpr uint32_t moves_max = 200;

} // namespace

void quorum_controller_state::follow_role() {
  if (has_failed)
    return;
  auto leads_now = server->role() == consensus::server_role::leader
                   && server->is_established();
  auto term = leads_now ? server->term() : 0;
  if (term == leading_term)
    return;
  if (leading_term != 0)
    answer_all(make_error(ec::timed_out,
                          "the controllers elect another leader: whether it "
                          "was done is not known"));
  leading_term = term;
  to_know.clear();
  to_shrink.clear();
  leaving.clear();
  upkeep_due.reset();
  if (term == 0)
    return;
  ++elections_won;
  planned = durable;
  next_id = ids_end = 0;
  shrink_later();
  std::vector<uint32_t> nodes;
  for (const auto& [id, node] : durable.nodes())
    if (!node.is_fenced)
      nodes.push_back(id);
  std::set<uint32_t> reached{config.node_id};
  for (const auto& [id, node] : durable.nodes())
    if (peers.contains({id, node.directory_id}))
      reached.insert(id);
  alive = liveness{config.cluster.lease, config.cluster.lost_lease};
  alive.take_over(now(), nodes, reached);
  upkeep_due = now();
  return_due = now() + config.cluster.leader_return_interval;
}

caf::error quorum_controller_state::submit(const std::vector<command>& commands,
                                           asker who) {
  if (commands.empty())
    return caf::none;
  if (pending.size() >= pending_max)
    return make_error(ec::queue_full,
                      fmt::format("{} commands wait to be agreed on, the most "
                                  "that may",
                                  pending.size()));
  std::vector<std::string> encoded;
  // What raises the level is itself of the one before.
  for (const auto& x : commands)
    encoded.push_back(encode_command(x, planned.level()));
  auto index = server->last_index() + commands.size();
  auto out = server->submit(raft_now(), std::move(encoded));
  if (!out)
    return std::move(out.error());
  for (const auto& x : commands)
    if (auto change = planned.apply(x, static_cast<int32_t>(leading_term));
        !change) {
      fail(change.error());
      return std::move(change.error());
    }
  pending.emplace(index, pending_command{leading_term, std::move(who)});
  carry_out(std::move(out));
  return caf::none;
}

void quorum_controller_state::pursue(const std::vector<command>& commands) {
  // What is refused now is due again with the next upkeep or beat.
  if (auto refused = submit(commands, {}))
    upkeep_due = now() + upkeep_interval;
}

void quorum_controller_state::fence_silent_nodes() {
  // It is told by who is not alive any more: a refused fence is tried again.
  static_cast<void>(alive.take_expired(now()));
  std::vector<uint32_t> gone;
  for (const auto& [id, node] : planned.nodes())
    if (!alive.is_alive(id))
      gone.push_back(id);
  for (auto id : gone)
    if (auto plan = plan_fence(planned, id); !plan.empty()) {
      pursue(plan);
      to_know[id] = planned.index();
      shrink_later();
    }
}

void quorum_controller_state::shrink_later() {
  for (const auto& [id, node] : planned.nodes())
    to_shrink[id] = planned.index();
}

void quorum_controller_state::shrink_for(uint32_t node, uint64_t known) {
  auto i = to_shrink.find(node);
  if (i == to_shrink.end() || known < i->second)
    return;
  to_shrink.erase(i);
  pursue(plan_shrink(planned, node, leaving));
}

void quorum_controller_state::do_upkeep() {
  upkeep_due = now() + upkeep_interval;
  auto self_node = planned.nodes().find(config.node_id);
  if (self_node != planned.nodes().end() && !self_node->second.is_fenced)
    pursue(plan_adoption(planned, config.node_id));
  // All that are to vote, or to be there at all, say what they support.
  auto named = static_cast<uint32_t>(config.cluster.nodes.size());
  pursue(plan_first_level(
    planned, std::min(config.cluster.voters, std::max(named, 1u))));
  pursue(plan_moves(planned, moves_max));
  auto interval = config.cluster.leader_return_interval;
  if (interval.count() > 0 && return_due && *return_due <= now()) {
    return_due = now() + interval;
    pursue(plan_return(planned, {leaving.begin(), leaving.end()}));
  }
  if (leads())
    step_membership();
}

membership_view quorum_controller_state::view_members() const {
  membership_view view;
  view.self = config.node_id;
  view.members = server->members();
  view.nodes = &durable.nodes();
  for (const auto& [id, node] : durable.nodes())
    if (alive.is_alive(id))
      view.alive.insert(id);
  view.voters = config.cluster.voters;
  for (const auto& x : view.members) {
    view.catching_up[x.id] = server->catching_up(x.id);
    if (keeps_up(x.id))
      view.keeping_up.insert(x.id);
  }
  return view;
}

bool quorum_controller_state::answers(uint64_t member) const {
  if (member == config.node_id)
    return true;
  auto i = contacts.find(member);
  return leads() && i != contacts.end() && i->second.heard
         && now() <= *i->second.heard + config.cluster.election_timeout;
}

bool quorum_controller_state::is_followed() const {
  size_t voters = 0;
  size_t following = 0;
  for (const auto& x : server->members())
    if (x.role == consensus::member_role::voter) {
      ++voters;
      following += answers(x.id) ? 1 : 0;
    }
  return following > voters / 2;
}

bool quorum_controller_state::keeps_up(uint64_t member) const {
  return answers(member)
         && server->last_index() <= server->match_index(member) + behind_max;
}

void quorum_controller_state::step_membership() {
  if (server->is_changing() || server->is_transferring())
    return;
  auto step = next_step(view_members());
  if (step.is_nothing())
    return;
  auto out = step.catch_up != 0 ? server->catch_up(raft_now(), step.catch_up)
             : step.new_leader != 0
               ? server->transfer(raft_now(), step.new_leader)
               : server->change(raft_now(), std::move(step.members));
  // Refused: due again with the next upkeep.
  if (out)
    carry_out(std::move(out));
}

void quorum_controller_state::hand_out_ids() {
  while (!waiting_ids.empty() && next_id < ids_end) {
    waiting_ids.front().deliver(producer_identity{next_id++, 0});
    waiting_ids.pop_front();
  }
  if (waiting_ids.empty() || std::exchange(is_reserving, true))
    return;
  if (auto error = submit({planned.plan_reserve(ids_block)}, {})) {
    is_reserving = false;
    for (auto& promise : std::exchange(waiting_ids, {}))
      promise.deliver(error);
  }
}

void quorum_controller_state::answer_all(const caf::error& why) {
  for (auto& [index, x] : std::exchange(pending, {}))
    std::visit(overloaded{[](std::monostate) {},
                          [&](auto& promise) { promise.deliver(why); }},
               x.who);
  for (auto& x : std::exchange(waiting_ids, {}))
    x.deliver(why);
  is_reserving = false;
}

} // namespace troupe
