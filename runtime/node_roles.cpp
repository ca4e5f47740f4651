// How the node follows the metadata and keeps its roles alive.

#include <algorithm>
#include <utility>

#include <caf/send.hpp>
#include <fmt/format.h>

#include "actors/protocol/shard_of.hpp"
#include "runtime/gather.hpp"
#include "runtime/node.hpp"

namespace troupe {

namespace {

constexpr caf::timespan command_timeout = 30s;

/// Lines of what opening the logs found that are kept for people.
constexpr size_t recovery_lines_max = 1000;

std::string name_of(const topic_info& topic, int32_t partition) {
  return fmt::format("{}-{}", topic.name, partition);
}

} // namespace

// -- starting ----------------------------------------------------------------

node_state::~node_state() {
  for (const auto& [address, role] : children_)
    if (auto child = caf::actor_cast<caf::actor>(address))
      caf::anon_send_exit(child, caf::exit_reason::kill);
  if (backup_)
    caf::anon_send_exit(backup_, caf::exit_reason::kill);
  if (cast_)
    cast_->end_flushers();
}

void node_state::start(cast_config config) {
  cast_ = std::make_unique<cast>(self->system(), std::move(config));
  remove_held_backup();
  trash_.emplace(cast_->config().disk);
  if (auto failed = trash_->empty())
    log(log_level::warning, "what was being removed stays",
        {{"why", what(failed)}});
  started_ms_ = now_ms(self, cast_->config().epoch);
  // Those of a group are on several nodes.
  const auto& settings = cast_->config().settings;
  consumers_.take_on(settings.consumers,
                     is_clustered() ? std::to_string(settings.node_id) : "");
  start_controller();
}

void node_state::start_controller() {
  controller_ = adopt(cast_->spawn_controller(), controller_role{});
  self
    ->request(controller_, caf::infinite, watch_atom_v,
              metadata_listener_actor{node_actor{self}})
    .then(
      [this](const metadata_update& whole) {
        controller_since_ = self->clock().now();
        controller_problem_.clear();
        on_update(whole);
        if (!is_clustered())
          return create_missing_topics();
        // A controller that was started again knows nobody.
        for (auto& [address, peer] : peers_)
          if (auto door = std::exchange(peer.door, nullptr))
            self->demonitor(door.address());
        if (!std::exchange(lives_in_cluster_, true))
          begin_cluster_life();
      },
      // Its exit is what tells of the failure.
      [](const caf::error&) {});
}

std::vector<std::pair<topic_spec, bool>> node_state::missing_topics() const {
  const auto& settings = cast_->config().settings;
  std::vector<std::pair<topic_spec, bool>> result;
  topic_spec offsets;
  offsets.name = offsets_topic;
  offsets.partitions = static_cast<int32_t>(settings.coordination.shards);
  offsets.settings.cleanup = cleanup_policy::compact;
  result.emplace_back(std::move(offsets), true);
  for (const auto& topic : settings.topics)
    result.emplace_back(topic, false);
  std::erase_if(
    result, [this](const auto& x) { return topic_ids_.count(x.first.name); });
  return result;
}

void node_state::create_missing_topics() {
  auto missing = missing_topics();
  if (missing.empty())
    return begin_serving();
  auto left = std::make_shared<size_t>(missing.size());
  for (auto& [spec, is_internal] : missing)
    self
      ->request(controller_, command_timeout, create_atom_v, spec, is_internal)
      .then(
        [this, left](const topic_info&) {
          if (--*left == 0)
            begin_serving();
        },
        [this, left, topic_name = spec.name](const caf::error& why) {
          log(log_level::error, "topic not created",
              {{"topic", topic_name}, {"why", what(why)}});
          recovery_.push_back(
            fmt::format("topic {} was not created: {}", topic_name, what(why)));
          if (--*left == 0)
            begin_serving();
        });
}

void node_state::begin_serving() {
  if (is_serving_ || is_stopping_)
    return;
  is_serving_ = true;
  if (is_clustered())
    follow_shards();
  else
    for (uint32_t k = 0; k < cast_->config().settings.coordination.shards; ++k)
      start_shard(k);
  for (auto& work : std::exchange(waiting_, {}))
    work();
  for (size_t i = 0; i < consumers_.size(); ++i)
    start_consumer(i);
  log(log_level::info, "node serves",
      {{"topics", std::to_string(topics_.size())},
       {"partitions", std::to_string(partitions_.size())},
       {"consumers", std::to_string(consumers_.size())}});
}

template <class Handle>
Handle node_state::adopt(Handle handle, node_role role) {
  // Not a link: a role that is killed would take the node with it.
  self->monitor(handle);
  children_.insert_or_assign(handle->address(), std::move(role));
  return handle;
}

coordinator_actor node_state::start_coordinator(const std::string& group,
                                                offset_store_actor store) {
  auto handle =
    adopt(cast_->spawn_coordinator(group, std::move(store), node_actor{self}),
          coordinator_role{group});
  coordinators_.insert_or_assign(group, handle);
  return handle;
}

void node_state::start_partition(const topic_info& topic, int32_t number) {
  topic_partition id{topic.id, number};
  auto& hosted = partitions_[id];
  hosted.handle =
    adopt(cast_->spawn_partition(
            topic, number, is_clustered() ? node_actor{self} : node_actor{}),
          partition_role{id});
  report_recovery(id);
}

void node_state::report_recovery(const topic_partition& id) {
  self->request(partitions_[id].handle, caf::infinite, status_atom_v)
    .then(
      [this, id](const partition_status& x) {
        auto i = partitions_.find(id);
        if (i != partitions_.end()) {
          i->second.serves_since = self->clock().now();
          i->second.problem.clear();
        }
        if (x.recovery.empty())
          return;
        if (recovery_.size() < recovery_lines_max)
          recovery_.push_back(x.name + ": " + x.recovery);
        log(log_level::warning, "log recovered",
            {{"partition", x.name}, {"what", x.recovery}});
      },
      // Its exit is what tells of the failure.
      [](const caf::error&) {});
}

void node_state::start_shard(uint32_t shard) {
  auto topic = topic_ids_.find(offsets_topic);
  if (is_clustered()
      && (topic == topic_ids_.end()
          || leader_of({topic->second, static_cast<int32_t>(shard)})
               != cast_->config().settings.node_id
          || shards_.count(shard) > 0))
    return;
  // Cut off from the controllers, its log would not be read.
  if (topic == topic_ids_.end()
      || (is_clustered()
          && !cast_->lease().holds(self->clock().now().time_since_epoch())))
    return retry_shard(shard);
  auto i = partitions_.find({topic->second, static_cast<int32_t>(shard)});
  if (i == partitions_.end() || !i->second.handle)
    return retry_shard(shard);
  shards_.insert_or_assign(
    shard, adopt(cast_->spawn_offset_store(shard, i->second.handle),
                 shard_role{shard}));
}

size_t node_state::shards_missing() const {
  auto topic = topic_ids_.find(offsets_topic);
  size_t result = 0;
  for (uint32_t k = 0; k < cast_->config().settings.coordination.shards; ++k)
    if (shards_.count(k) == 0
        && (!is_clustered()
            || (topic != topic_ids_.end()
                && leader_of({topic->second, static_cast<int32_t>(k)})
                     == cast_->config().settings.node_id)))
      ++result;
  return result;
}

void node_state::retry_shard(uint32_t shard) {
  auto is_it = [shard](const planned_restart& x) {
    auto* role = std::get_if<shard_role>(&x.role);
    return role && role->shard == shard;
  };
  if (std::none_of(restarts_.begin(), restarts_.end(), is_it))
    plan_restart(shard_role{shard}, 1);
}

void node_state::start_consumer(size_t index) {
  auto spawned = consumers_.start(
    index,
    [this](const consumer_settings& settings, const std::string& consumer) {
      return cast_->spawn_consumer(settings, consumer, node_actor{self});
    },
    self->clock().now());
  if (spawned)
    adopt(*spawned, consumer_role{index});
  else
    log(log_level::error, "consumer not started",
        {{"consumer", consumers_.at(index).name},
         {"why", what(spawned.error())}});
}

// -- following the metadata --------------------------------------------------

void node_state::on_update(const metadata_update& update) {
  if (is_stopping_)
    return;
  // A controller that was started again does not know yet up to where its log
  // is agreed on, and tells of the past.
  if (update.index < metadata_index_)
    return;
  metadata_index_ = update.index;
  level_ = update.level;
  if (update.is_whole)
    nodes_.clear();
  for (const auto& node : update.nodes_changed) {
    nodes_[node.id] = node;
    if (node.id != cast_->config().settings.node_id)
      peers_[node.address].address = node.address;
  }
  for (auto node : update.nodes_removed)
    nodes_.erase(node);
  for (const auto& topic : update.changed)
    apply_topic(topic);
  for (const auto& id : update.removed)
    remove_topic(id);
  if (update.is_whole)
    remove_topics_beyond(update);
  if (is_clustered()) {
    extend_lease();
    catch_up();
    follow_shards();
    // What is led here waits for those that are gone until this is known.
    if (!update.nodes_changed.empty() && !update.is_whole)
      beat();
  }
  for (const auto& listener : listeners_)
    self->send(listener, update_atom_v, update);
}

void node_state::apply_topic(const topic_info& topic) {
  auto [i, is_new] = topics_.try_emplace(topic.id, topic);
  auto old = is_new ? 0 : i->second.partitions();
  auto is_configured = !is_new && !(i->second.settings == topic.settings);
  i->second = topic;
  topic_ids_[topic.name] = topic.id;
  if (is_clustered())
    place_topic(topic);
  else
    for (int32_t p = old; p < topic.partitions(); ++p)
      start_partition(topic, p);
  if (!is_configured)
    return;
  for (int32_t p = 0; p < old; ++p)
    if (auto hosted = partitions_.find({topic.id, p});
        hosted != partitions_.end() && hosted->second.handle)
      self
        ->request(hosted->second.handle, command_timeout, config_atom_v,
                  topic.settings)
        .then([](caf::ok_atom) {},
              [this, at = name_of(topic, p)](const caf::error& why) {
                log(log_level::error, "settings not taken",
                    {{"partition", at}, {"why", what(why)}});
              });
}

void node_state::remove_topics_beyond(const metadata_update& whole) {
  // A deletion whose sync failed counts when the controller finds it written.
  std::vector<topic_id> gone;
  for (const auto& [id, topic] : topics_)
    if (std::none_of(whole.changed.begin(), whole.changed.end(),
                     [&](const auto& x) { return x.id == id; }))
      gone.push_back(id);
  for (const auto& id : gone)
    remove_topic(id);
}

void node_state::remove_topic(const topic_id& id) {
  auto i = topics_.find(id);
  if (i == topics_.end())
    return;
  auto directory = topic_directory(i->second);
  std::vector<partition_actor> ending;
  for (int32_t p = 0; p < i->second.partitions(); ++p) {
    auto hosted = partitions_.find({id, p});
    if (hosted == partitions_.end())
      continue;
    if (hosted->second.handle) {
      children_.erase(hosted->second.handle->address());
      ending.push_back(hosted->second.handle);
    }
    partitions_.erase(hosted);
  }
  topic_ids_.erase(i->second.name);
  topics_.erase(i);
  gather<caf::ok_atom>(
    self, ending, command_timeout,
    [this, directory](std::vector<caf::ok_atom>) {
      if (auto failed = trash_->throw_away(directory))
        log(log_level::error, "directory of a removed topic stays",
            {{"directory", directory}, {"why", what(failed)}});
    },
    stop_atom_v);
}

} // namespace troupe
