#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/controller/cluster_plan.hpp"
#include "actors/partition/partition.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "runtime/simulation/virtual_system.hpp"

namespace troupe::testing {

/// The replicas of one partition in virtual time, each with a disk of its own,
/// and what a controller does for them, by the product's own plans.
class replica_set {
public:
  explicit replica_set(uint64_t seed = 0, uint32_t count = 3,
                       topic_settings settings = {});

  /// Starts the replica of a node, in a new process.
  void start(uint32_t node);

  /// kill -9: the controller finds out when it is told.
  void kill(uint32_t node);
  void cut_power(uint32_t node);

  /// The controller does not hear of the node any more; or hears of it again.
  void fence(uint32_t node);
  void unfence(uint32_t node);

  /// A part of its messages to others and from them is lost.
  void lose_messages(int percent) {
    loss_ = percent;
  }

  /// The node gets and gives nothing.
  void cut_off(uint32_t node, bool is_cut_off);

  /// The controller does what a node asks for, but its answers and what it
  /// tells of changes do not get there; once it `hears` again, it is told.
  void make_deaf(uint32_t node, bool hears);

  /// So many of the controller's answers are lost, after it did what it was
  /// asked for.
  void lose_answers(int percent) {
    answer_loss_ = percent;
  }

  void carry_out(const std::vector<command>& plan);

  const partition_placement& placement() const;
  topic_partition id() const;

  bool runs(uint32_t node) const {
    auto i = hosts_.find(node);
    return i != hosts_.end() && i->second.handle;
  }

  const partition_actor& at(uint32_t node) const {
    return hosts_.at(node).handle;
  }

  partition_status status(uint32_t node);

  caf::expected<append_result> post(uint32_t node, const std::string& value,
                                    acks how = acks::all,
                                    const std::string& key = "");
  /// The values below the high watermark, as a consumer of the leader sees
  /// them, or all of them, as a replica does.
  std::vector<std::string> read(uint32_t node, bool all = false);

  /// Lets time pass until it holds, at most so long.
  bool until(const std::function<bool()>& done,
             caf::timespan bound = std::chrono::seconds{60});

  /// All replicas live and are in sync, with the same end.
  bool is_whole();

  metadata state;
  simulation::virtual_system sys;
  cluster_settings settings;
  partition_settings limits;
  uint32_t min_insync_replicas = 2;

private:
  struct host {
    std::shared_ptr<simulation::memory_files> disk =
      std::make_shared<simulation::memory_files>();
    partition_actor handle;
    caf::actor node;
    uint64_t lives = 0;
    bool is_cut_off = false;
    bool is_deaf = false;
  };

  void tell(uint32_t node);
  caf::expected<partition_placement> change(const partition_change& x);
  bool is_chance(int percent);
  bool is_lost(uint32_t from, uint32_t to);
  caf::actor stand_in(uint32_t node);

  std::map<uint32_t, host> hosts_;
  /// What stands between nodes: (asker, asked).
  std::map<std::pair<uint32_t, uint32_t>, caf::actor> wires_;
  flusher_actor flusher_;
  topic_settings topic_;
  uint32_t count_;
  int loss_ = 0;
  int answer_loss_ = 0;
};

} // namespace troupe::testing
