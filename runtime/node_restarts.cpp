// When the node starts again what has ended: later each time that it fails
// soon, for ever.

#include <algorithm>
#include <variant>

#include <caf/send.hpp>

#include "actors/protocol/shard_of.hpp"
#include "runtime/node.hpp"
#include "runtime/restarts.hpp"

namespace troupe {

void node_state::plan_restart(const node_role& role, uint32_t failures) {
  auto delay = restart_delay(failures);
  restarts_.push_back({self->clock().now() + delay, role});
  self->delayed_send(self, delay, tick_atom_v);
}

void node_state::on_tick() {
  auto now = self->clock().now();
  if (is_stopping_) {
    if (!is_leaving_ || !left_)
      return;
    if (leave_due_ && *leave_due_ <= now)
      return std::exchange(left_, nullptr)();
    if (beat_due_ <= now)
      beat();
    return;
  }
  auto due = std::stable_partition(restarts_.begin(), restarts_.end(),
                                   [&](const auto& x) { return x.due > now; });
  std::vector<planned_restart> ready(due, restarts_.end());
  restarts_.erase(due, restarts_.end());
  for (const auto& x : ready)
    restart(x.role);
  if (is_clustered() && beat_due_ <= now)
    beat();
}

void node_state::restart(const node_role& role) {
  if (std::holds_alternative<controller_role>(role))
    start_controller();
  else if (auto* partition = std::get_if<partition_role>(&role)) {
    auto topic = topics_.find(partition->id.topic);
    auto hosted = partitions_.find(partition->id);
    // It may have been moved off and back since: two would write into one log.
    if (topic != topics_.end() && hosted != partitions_.end()
        && !hosted->second.handle) {
      start_partition(topic->second, partition->id.partition);
      if (is_clustered())
        tell_role(topic->second, partition->id.partition);
    }
  } else if (auto* shard = std::get_if<shard_role>(&role))
    start_shard(shard->shard);
  else if (auto* consumer = std::get_if<consumer_role>(&role))
    start_consumer(consumer->index);
}

// -- what ended --------------------------------------------------------------

void node_state::on_down(const caf::down_msg& msg) {
  if (backup_ && backup_.address() == msg.source) {
    backup_ = nullptr;
    return;
  }
  auto i = children_.find(msg.source);
  for (auto& [address, peer] : peers_)
    if (peer.door && peer.door.address() == msg.source) {
      peer.door = nullptr;
      peer.retry_at = {};
      log(log_level::warning, "node lost", {{"address", address}});
      return;
    }
  if (i == children_.end()) {
    std::erase_if(listeners_, [&](const metadata_listener_actor& x) {
      return x->address() == msg.source;
    });
    return;
  }
  auto role = std::move(i->second);
  children_.erase(i);
  if (is_stopping_)
    return;
  if (msg.reason)
    log(log_level::warning, "role ended",
        {{"role", describe(role)}, {"why", what(msg.reason)}});
  std::visit([&](const auto& x) { child_ended(x, msg.reason); }, role);
}

void node_state::child_ended(const controller_role& role,
                             const caf::error& reason) {
  // Without metadata there is nothing to serve: whoever started this node is to
  // know at once. Later on the others go on with what they have.
  if (!is_serving_) {
    log(log_level::error, "node ends", {{"why", what(reason)}});
    self->quit(reason);
    return;
  }
  controller_problem_ = what(reason);
  controller_failures_ = failures_in_a_row(controller_failures_,
                                           std::exchange(controller_since_, {}),
                                           self->clock().now());
  plan_restart(role, controller_failures_);
}

void node_state::child_ended(const partition_role& role,
                             const caf::error& reason) {
  auto i = partitions_.find(role.id);
  if (i == partitions_.end())
    return;
  i->second.handle = nullptr;
  auto& hosted = i->second;
  hosted.problem = what(reason);
  hosted.failures =
    failures_in_a_row(hosted.failures, std::exchange(hosted.serves_since, {}),
                      self->clock().now());
  plan_restart(role, hosted.failures);
}

void node_state::child_ended(const shard_role& role, const caf::error&) {
  shards_.erase(role.shard);
  end_orphans(role.shard);
  plan_restart(role, 0);
}

void node_state::end_orphans(uint32_t shard) {
  // Coordinators of a dead shard must not live on: what they hold in memory may
  // not be what the log says.
  auto shards = cast_->config().settings.coordination.shards;
  std::vector<caf::actor_addr> orphans;
  for (const auto& [group, handle] : coordinators_)
    if (shard_of(group, shards) == shard)
      orphans.push_back(handle->address());
  for (const auto& orphan : orphans)
    end_child(orphan);
}

void node_state::child_ended(const coordinator_role& role, const caf::error&) {
  // The next one who asks for it starts it again; its members do.
  coordinators_.erase(role.group);
}

void node_state::child_ended(const consumer_role& role,
                             const caf::error& reason) {
  if (auto failures = consumers_.ended(role.index, reason, self->clock().now()))
    plan_restart(role, *failures);
}

void node_state::end_child(const caf::actor_addr& child) {
  auto i = children_.find(child);
  if (i == children_.end())
    return;
  if (auto* role = std::get_if<coordinator_role>(&i->second))
    coordinators_.erase(role->group);
  children_.erase(i);
  if (auto handle = caf::actor_cast<caf::actor>(child))
    self->send_exit(handle, caf::exit_reason::kill);
}

} // namespace troupe
