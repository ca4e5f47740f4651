// When the node starts again what has ended: later each time that it fails
// soon, for ever.

#include <algorithm>
#include <variant>

#include "actors/protocol/retry.hpp"
#include "runtime/node.hpp"

namespace troupe {

namespace {

constexpr milliseconds first_restart_delay = 100ms;
constexpr milliseconds last_restart_delay = 30s;

} // namespace

uint32_t node_state::count_failure(
  uint32_t before, std::optional<caf::actor_clock::time_point> since) const {
  // What was well for long begins anew; what opens and fails at once does not.
  auto was_well = since && self->clock().now() - *since >= last_restart_delay;
  return was_well ? 1 : before + 1;
}

void node_state::plan_restart(const node_role& role, uint32_t failures) {
  auto delay =
    backoff_after(failures + 1, first_restart_delay, last_restart_delay);
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
    if (topic != topics_.end() && partitions_.count(partition->id)) {
      start_partition(topic->second, partition->id.partition);
      if (is_clustered())
        tell_role(topic->second, partition->id.partition);
    }
  } else if (auto* shard = std::get_if<shard_role>(&role))
    start_shard(shard->shard);
  else if (auto* consumer = std::get_if<consumer_role>(&role))
    start_consumer(consumer->index);
}

} // namespace troupe
