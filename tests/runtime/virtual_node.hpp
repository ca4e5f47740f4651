#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/send.hpp>

#include "runtime/node.hpp"
#include "runtime/simulation/inline_flusher.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "runtime/simulation/virtual_system.hpp"
#include "tests/catch.hpp"

namespace troupe::testing {

/// A whole node in virtual time on a disk in memory.
struct virtual_node {
  explicit virtual_node(uint64_t seed = 0) : sys(seed) {
    settings.coordination.shards = 5;
  }

  void start() {
    cast_config config;
    config.settings = settings;
    config.disk = disk;
    config.cluster_id = {1, 2};
    config.seed = derive_uuid({3, 4}, ++lives);
    config.handlers = handlers;
    config.epoch = sys.epoch();
    config.log =
      logger{log_format::text, log_level::debug,
             [this](const std::string& line) { log_lines.push_back(line); }};
    config.spawn_flusher = [](caf::actor_system& system) -> flusher_actor {
      return system.spawn(simulation::inline_flusher);
    };
    // For tests that play a producer or consumer against the node.
    players = std::make_unique<cast>(sys.system(), config);
    handle = sys.spawn(node, std::move(config));
    sys.run();
  }

  caf::expected<topic_info> create(const std::string& topic_name,
                                   int32_t partitions) {
    return sys.ask<topic_info>(handle, create_atom_v,
                               topic_spec{topic_name, partitions, {}});
  }

  partition_actor locate(const topic_info& topic, int32_t partition) {
    auto result = sys.ask<partition_actor>(
      handle, locate_atom_v, topic_partition{topic.id, partition});
    REQUIRE(result);
    return *result;
  }

  /// Posts a value to a partition.
  caf::expected<append_result> post(const topic_info& topic, int32_t partition,
                                    const std::string& value) {
    record x;
    x.value = bytes{value};
    x.timestamp_ms = sys.now_ms();
    return sys.ask<append_result>(locate(topic, partition), append_atom_v,
                                  append_request{make_batch({x}), acks::all});
  }

  group_description describe(const std::string& group) {
    auto who = sys.ask<coordinator_actor>(handle, group_atom_v, group);
    REQUIRE(who);
    auto result = sys.ask<group_description>(*who, describe_atom_v);
    REQUIRE(result);
    return *result;
  }

  bool has_logged(const std::string& text) const {
    for (const auto& line : log_lines)
      if (line.find(text) != std::string::npos)
        return true;
    return false;
  }

  std::shared_ptr<simulation::memory_files> disk =
    std::make_shared<simulation::memory_files>();
  std::vector<std::string> log_lines;
  node_settings settings;
  handler_registry handlers;
  uint64_t lives = 0;
  simulation::virtual_system sys;
  std::unique_ptr<cast> players;
  node_actor handle;
};

} // namespace troupe::testing
