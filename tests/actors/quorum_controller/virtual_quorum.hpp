#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/quorum_controller/quorum_controller.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "runtime/simulation/virtual_system.hpp"

namespace troupe::testing {

/// Controllers of a cluster in virtual time, each with a disk of its own and
/// what a node does for it: beats, and listens to changes.
class virtual_quorum {
public:
  explicit virtual_quorum(uint64_t seed = 0);

  /// Starts the controller of a node, on the disk that it had; `founds`: it
  /// begins the cluster.
  void start(uint32_t node, bool founds = false);

  /// kill -9.
  void kill(uint32_t node);

  /// The same with the power.
  void cut_power(uint32_t node);

  /// Its next start is with an empty disk.
  void lose_disk(uint32_t node);

  /// Nobody hears of it, and it of nobody; `join` ends that.
  void cut_off(uint32_t node);
  void join(uint32_t node);

  bool runs(uint32_t node) const {
    return static_cast<bool>(hosts_.at(node).controller);
  }

  /// The one that leads, 0: none does.
  uint32_t leader();

  cluster_status look(uint32_t node);
  metadata_update whole(uint32_t node);

  /// All that run know the same, and `nodes` of them are registered and not
  /// fenced, and as many as there are to be vote.
  bool is_settled(size_t nodes);

  /// What each of them believes, for people.
  std::string picture();

  caf::expected<topic_info> create(uint32_t at, const std::string& name,
                                   int32_t partitions);

  const controller_actor& at(uint32_t node) const {
    return hosts_.at(node).controller;
  }

  simulation::virtual_system sys;
  cluster_settings settings;

  struct host {
    std::shared_ptr<simulation::memory_files> disk =
      std::make_shared<simulation::memory_files>();
    uuid directory_id;
    uint64_t lives = 0;
    bool is_cut_off = false;
    controller_actor controller;
    caf::actor beater;
  };

  host& of(uint32_t node) {
    return hosts_[node];
  }

  node_disk disk_of(uint32_t node) const {
    return {node, hosts_.at(node).directory_id};
  }

private:
  void meet(uint32_t node);

  std::map<uint32_t, host> hosts_;
  flusher_actor flusher_;
  uint64_t directories_ = 0;
};

} // namespace troupe::testing
