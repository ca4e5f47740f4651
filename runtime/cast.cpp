#include "runtime/cast.hpp"

#include <utility>

#include <caf/send.hpp>
#include <fmt/format.h>

#include "actors/controller/controller.hpp"
#include "actors/coordinator/coordinator.hpp"
#include "actors/offset_store/offset_store.hpp"
#include "actors/partition/partition.hpp"
#include "actors/producer/producer.hpp"
#include "runtime/consumer_crew.hpp"
#include "runtime/quorum.hpp"

namespace troupe {

cast::cast(caf::actor_system& system, cast_config config)
  : system_(system), config_(std::move(config)) {
  const auto& limits = config_.settings.storage;
  for (uint32_t i = 0; i < limits.flushers; ++i)
    flushers_.push_back(config_.spawn_flusher(system_));
  fill_ =
    std::make_shared<fill_pace>(config_.settings.cluster.move_bytes_per_second);
  room_ = std::make_shared<disk_room>(config_.disk, limits);
  if (room_->is_bounded())
    disk_watch_ = spawn_disk_watch(system_, room_, limits.check_interval);
}

cast::~cast() {
  if (disk_watch_)
    caf::anon_send_exit(disk_watch_, caf::exit_reason::kill);
}

void cast::end_flushers() {
  for (const auto& x : flushers_)
    caf::anon_send_exit(x, caf::exit_reason::kill);
}

const flusher_actor& cast::flusher_of(const topic_partition& id) const {
  // Partitions of one topic, which are often busy at once, have others.
  auto number = std::hash<uuid>{}(id.topic) + static_cast<size_t>(id.partition);
  return flushers_[number % flushers_.size()];
}

controller_actor cast::spawn_controller() {
  const auto& settings = config_.settings;
  if (settings.cluster.is_on)
    return spawn_quorum_controller(
      system_,
      quorum_controller_config{.disk = config_.disk,
                               .node_id = settings.node_id,
                               .cluster_id = config_.cluster_id,
                               .directory_id = config_.directory_id,
                               .founds = config_.founds,
                               .cluster = settings.cluster,
                               .partitions_max = settings.partitions_max,
                               .shards = settings.coordination.shards,
                               .levels = config_.levels,
                               .flusher = flushers_.front(),
                               .epoch = config_.epoch,
                               // Of either half another node may have the same.
                               .seed = static_cast<uint32_t>(
                                 (config_.seed.high ^ config_.seed.low) | 1)});
  return system_.spawn(
    controller,
    controller_config{.disk = config_.disk,
                      .directory = "metadata",
                      .node_id = config_.settings.node_id,
                      .cluster_id = config_.cluster_id,
                      .partitions_max = config_.settings.partitions_max,
                      .shards = config_.settings.coordination.shards,
                      .flusher = flushers_.front(),
                      .epoch = config_.epoch});
}

partition_actor cast::spawn_partition(const topic_info& topic, int32_t number,
                                      node_actor node) {
  auto is_replica = static_cast<bool>(node);
  return system_.spawn(
    partition,
    partition_config{.id = {topic.id, number},
                     .name = fmt::format("{}-{}", topic.name, number),
                     .disk = config_.disk,
                     .directory =
                       fmt::format("{}/{}", topic_directory(topic), number),
                     .topic = topic.settings,
                     .limits = config_.settings.partition,
                     .flusher = flusher_of({topic.id, number}),
                     .epoch = config_.epoch,
                     .room = room_,
                     .is_internal = topic.is_internal,
                     .node_id = is_replica ? config_.settings.node_id : 0,
                     .directory_id = config_.directory_id,
                     .node = std::move(node),
                     .cluster = config_.settings.cluster,
                     .lease = config_.lease,
                     .counters = counters_,
                     .fill = fill_});
}

offset_store_actor cast::spawn_offset_store(uint32_t shard,
                                            partition_actor log) {
  return system_.spawn(offset_store, offset_store_config{
                                       .shard = shard,
                                       .partition = std::move(log),
                                       .epoch = config_.epoch,
                                     });
}

coordinator_actor cast::spawn_coordinator(const std::string& group,
                                          offset_store_actor store,
                                          node_actor node) {
  return system_.spawn(
    coordinator,
    coordinator_config{
      .group = group,
      .store = std::move(store),
      .node = std::move(node),
      .limits = config_.settings.coordination,
      .epoch = config_.epoch,
      .lease = config_.settings.cluster.is_on ? config_.lease : nullptr,
      .overlap = config_.settings.cluster.is_on
                   ? caf::timespan{config_.settings.cluster.lost_lease}
                   : caf::timespan{0},
    });
}

caf::expected<consumer_actor> cast::spawn_consumer(
  const consumer_settings& settings, const std::string& name, node_actor node) {
  return troupe::spawn_consumer(
    system_,
    {config_.handlers, config_.epoch, config_.incarnation,
     config_.incarnation.is_nil() ? nullptr : config_.lease},
    settings, name, derive_uuid(config_.seed, ++consumers_spawned_),
    std::move(node));
}

producer_actor cast::spawn_producer(const producer_settings& settings,
                                    node_actor node) {
  return system_.spawn(producer, producer_config{
                                   .settings = settings,
                                   .node = std::move(node),
                                   .epoch = config_.epoch,
                                 });
}

std::string topic_directory(const topic_info& topic) {
  return fmt::format("topics/{}.{}", topic.name, to_string(topic.id));
}

} // namespace troupe
