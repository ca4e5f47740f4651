#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/consumer/handler.hpp"
#include "actors/partition/fill_pace.hpp"
#include "actors/partition/replication_counters.hpp"
#include "actors/protocol/clock.hpp"
#include "actors/protocol/interfaces.hpp"
#include "actors/protocol/serving_lease.hpp"
#include "actors/storage/files.hpp"
#include "config/settings.hpp"
#include "runtime/connector.hpp"
#include "runtime/disk_room.hpp"
#include "runtime/logger.hpp"

namespace troupe {

/// What all roles of a node are made with: the settings, and what stands in for
/// the outside world. A program, a test in virtual time and a scenario differ
/// in this and in nothing else.
struct cast_config {
  node_settings settings;
  storage::files_ptr disk;
  uuid cluster_id;
  /// New for every start of a process: what is named after it is unique.
  uuid seed;
  handler_registry handlers;
  epoch_offset epoch;
  logger log;
  /// Detached in a program, scheduled in virtual time.
  std::function<flusher_actor(caf::actor_system&)> spawn_flusher;
  /// Of a node of a cluster: this process, its data directory, and whether it
  /// begins the cluster.
  uuid incarnation = {};
  /// Until when this node may lead.
  std::shared_ptr<serving_lease> lease = std::make_shared<serving_lease>();
  uuid directory_id = {};
  bool founds = false;
  /// Of this program; a test has one of another version.
  level_range levels = supported_levels;
  /// Says that the process is to begin anew once the node has stopped; none: it
  /// cannot.
  std::function<caf::error()> begin_anew = {};
  /// How it reaches other nodes.
  connector_actor connector = {};
  /// How its links do, by any thread; none: it has none.
  std::function<link_metrics()> links = {};
  /// How long it took to make files durable, by any thread; none: it is not
  /// counted.
  std::function<latency_histogram()> sync_times = {};
};

/// The name of the topic that holds all groups' records.
inline constexpr const char* offsets_topic = "__commit_offsets";

/// Spawns the roles, each with its part of the configuration.
class cast {
public:
  cast(caf::actor_system& system, cast_config config);

  /// Ends the look-out on the disk, which nobody else knows.
  ~cast();

  cast(const cast&) = delete;
  cast& operator=(const cast&) = delete;

  const cast_config& config() const noexcept {
    return config_;
  }

  controller_actor spawn_controller();

  /// `node`: in a cluster.
  partition_actor spawn_partition(const topic_info& topic, int32_t partition,
                                  node_actor node = {});

  offset_store_actor spawn_offset_store(uint32_t shard, partition_actor log);

  coordinator_actor spawn_coordinator(const std::string& group,
                                      offset_store_actor store,
                                      node_actor node);

  /// Fails when the handler is unknown or refuses its options.
  caf::expected<consumer_actor> spawn_consumer(
    const consumer_settings& settings, const std::string& name,
    node_actor node);

  producer_actor spawn_producer(const producer_settings& settings,
                                node_actor node);

  /// Ends those that make files durable: the node's partitions are gone.
  void end_flushers();

  /// Until when this node may lead, in a cluster.
  serving_lease& lease() noexcept {
    return *config_.lease;
  }

  replication_metrics replication() const noexcept {
    return counters_->read();
  }

  /// The disk's room for this node's logs.
  const disk_room& room() const noexcept {
    return *room_;
  }

private:
  const flusher_actor& flusher_of(const topic_partition& id) const;

  caf::actor_system& system_;
  cast_config config_;
  /// Partitions are spread over them.
  std::vector<flusher_actor> flushers_;
  std::shared_ptr<disk_room> room_;
  std::shared_ptr<replication_counters> counters_ =
    std::make_shared<replication_counters>();
  std::shared_ptr<fill_pace> fill_;
  caf::actor disk_watch_;
  uint64_t consumers_spawned_ = 0;
};

/// Where a topic's partitions are, below the data directory.
std::string topic_directory(const topic_info& topic);

} // namespace troupe
