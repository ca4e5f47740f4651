// What the node says, and how it calls its roles.

#include <fmt/format.h>

#include "runtime/node.hpp"

namespace troupe {

std::string node_state::describe(const topic_partition& id) const {
  auto i = topics_.find(id.topic);
  return i == topics_.end()
           ? to_string(id)
           : fmt::format("{}-{}", i->second.name, id.partition);
}

std::string node_state::describe(const node_role& role) const {
  if (auto* partition = std::get_if<partition_role>(&role))
    return "partition " + describe(partition->id);
  if (auto* shard = std::get_if<shard_role>(&role))
    return fmt::format("offset store {}", shard->shard);
  if (auto* coordinator = std::get_if<coordinator_role>(&role))
    return "coordinator of " + coordinator->group;
  if (auto* consumer = std::get_if<consumer_role>(&role))
    return "consumer " + consumers_.at(consumer->index).name;
  return "controller";
}

void node_state::log(log_level level, std::string_view event,
                     const std::vector<log_field>& fields) const {
  const auto& config = cast_->config();
  config.log.write(level, now_ms(self, config.epoch), event, fields);
}

} // namespace troupe
