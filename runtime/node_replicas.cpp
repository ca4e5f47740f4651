// A node as one of a cluster: runs the replicas that the metadata gives it, and
// the coordinators of the shards that it leads.

#include <algorithm>
#include <utility>

#include <caf/send.hpp>
#include <fmt/format.h>

#include "runtime/node.hpp"

namespace troupe {

namespace {

constexpr caf::timespan command_timeout = 30s;

bool contains(const std::vector<uint32_t>& xs, uint32_t x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

std::string name_of(const topic_info& topic, int32_t number) {
  return fmt::format("{}-{}", topic.name, number);
}

} // namespace

void node_state::catch_up() {
  if (has_caught_up_ || !known_index_ || metadata_index_ < *known_index_)
    return;
  has_caught_up_ = true;
  remove_strays();
  for (const auto& [id, topic] : topics_)
    place_topic(topic);
  follow_shards();
}

void node_state::remove_strays() {
  // What was moved off or deleted while this node was down.
  auto me = cast_->config().settings.node_id;
  auto names = cast_->config().disk->list("topics");
  if (!names)
    return log(log_level::warning, "topics not looked through",
               {{"why", what(names.error())}});
  std::set<std::string> strays;
  for (const auto& x : *names)
    strays.insert("topics/" + x);
  for (const auto& [id, topic] : topics_) {
    auto directory = topic_directory(topic);
    strays.erase(directory);
    for (size_t p = 0; p < topic.placement.size(); ++p)
      if (!contains(topic.placement[p].replicas, me))
        strays.insert(fmt::format("{}/{}", directory, p));
  }
  for (const auto& directory : strays)
    if (auto failed = trash_->throw_away(directory))
      log(log_level::error, "directory that is of no use stays",
          {{"directory", directory}, {"why", what(failed)}});
}

void node_state::place_topic(const topic_info& topic) {
  // What was is not what is: by it, logs would be removed that are wanted.
  if (!has_caught_up_)
    return;
  auto me = cast_->config().settings.node_id;
  for (int32_t p = 0; p < topic.partitions(); ++p) {
    if (std::cmp_greater_equal(p, topic.placement.size()))
      return;
    const auto& placement = topic.placement[static_cast<size_t>(p)];
    auto is_here = partitions_.count({topic.id, p}) > 0;
    if (dropping_.count({topic.id, p}) > 0)
      continue;
    if (contains(placement.replicas, me)) {
      if (!is_here)
        start_partition(topic, p);
      tell_role(topic, p);
    } else if (is_here) {
      drop_replica(topic, p);
    }
  }
}

void node_state::tell_role(const topic_info& topic, int32_t number) {
  auto i = partitions_.find({topic.id, number});
  if (i == partitions_.end() || !i->second.handle)
    return;
  replica_role role;
  role.placement = topic.placement[static_cast<size_t>(number)];
  role.min_insync_replicas =
    topic.settings.min_insync_replicas > 0
      ? topic.settings.min_insync_replicas
      : cast_->config().settings.cluster.min_insync_replicas;
  self->request(i->second.handle, command_timeout, role_atom_v, role)
    .then([](caf::ok_atom) {},
          [this, at = name_of(topic, number)](const caf::error& why) {
            log(log_level::warning, "role not taken",
                {{"partition", at}, {"why", what(why)}});
          });
}

void node_state::drop_replica(const topic_info& topic, int32_t number) {
  topic_partition id{topic.id, number};
  auto i = partitions_.find(id);
  auto handle = i->second.handle;
  partitions_.erase(i);
  dropping_.insert(id);
  auto directory = fmt::format("{}/{}", topic_directory(topic), number);
  auto remove = [this, id, directory] {
    if (auto failed = trash_->throw_away(directory))
      log(log_level::error, "directory of a moved partition stays",
          {{"directory", directory}, {"why", what(failed)}});
    dropping_.erase(id);
    // It may have come back meanwhile.
    if (auto now = topics_.find(id.topic); now != topics_.end())
      place_topic(now->second);
  };
  if (!handle)
    return remove();
  children_.erase(handle->address());
  self->request(handle, command_timeout, stop_atom_v)
    .then([remove](caf::ok_atom) { remove(); },
          [remove](const caf::error&) { remove(); });
}

void node_state::follow_shards() {
  auto topic = topic_ids_.find(offsets_topic);
  if (!is_serving_ || !has_caught_up_ || topic == topic_ids_.end())
    return;
  auto me = cast_->config().settings.node_id;
  for (uint32_t k = 0; k < cast_->config().settings.coordination.shards; ++k) {
    auto leads = leader_of({topic->second, static_cast<int32_t>(k)}) == me;
    auto is_here = shards_.count(k) > 0;
    if (leads && !is_here)
      start_shard(k);
    else if (!leads && is_here)
      end_shard(k);
  }
}

void node_state::end_shard(uint32_t shard) {
  auto i = shards_.find(shard);
  if (i == shards_.end())
    return;
  auto handle = i->second;
  shards_.erase(i);
  end_orphans(shard);
  children_.erase(handle->address());
  self->send_exit(handle, caf::exit_reason::kill);
}

} // namespace troupe
