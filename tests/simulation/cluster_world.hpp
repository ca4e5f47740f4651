#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/simulation/cluster/virtual_cluster.hpp"
#include "tests/simulation/client_world.hpp"

namespace troupe::testing {

using simulation::virtual_cluster;

/// The nodes of a cluster, each a process on its disk; clients in a process of
/// their own; the network between all of them, and the checker that is told
/// what clients see. What happens to them decides who calls.
class cluster_world : public client_world {
public:
  cluster_world(uint64_t seed, bool is_traced);
  ~cluster_world() override;

  caf::actor_clock::time_point now() override {
    return nodes.net.now();
  }
  int64_t now_ms() override {
    return nodes.net.epoch().to_ms(now());
  }
  bool is_up() const override {
    return true;
  }

  // -- nodes -----------------------------------------------------------------

  /// Begins a cluster of so many, with their clients.
  void begin(uint32_t count);

  enum class ending : uint8_t { killed, power_cut, disk_lost };

  /// Ends a node, which starts again after `down_ms`.
  void end_node(uint32_t node, ending how, int64_t down_ms);

  /// Asks a node to stop, as an operator does; it starts again later.
  void stop_node(uint32_t node, int64_t down_ms);

  void pause_node(uint32_t node, int64_t for_ms);

  /// Lets nothing pass from one process to another for a while.
  void cut(uint32_t from, uint32_t to, int64_t for_ms);

  void slow_down(uint32_t a, uint32_t b, caf::timespan most, int64_t for_ms);

  void order(const cluster_order& x);

  /// Starts, resumes and mends what is due by now.
  void keep_nodes();

  bool runs(uint32_t node) const {
    return nodes.runs(node);
  }
  uint32_t size() const noexcept {
    return size_;
  }

  // -- the end ---------------------------------------------------------------

  /// From now on nothing fails any more.
  void calm_down();

  bool is_well(std::string& why) override;

  /// Compares the replicas of all partitions (I6), and tells the checker what
  /// they hold.
  void judge_disks();

  virtual_cluster nodes;

private:
  bool step_actor() override {
    return nodes.net.step();
  }
  bool fire_timer(std::optional<caf::actor_clock::time_point> end) override;
  bool run_until(const std::function<bool()>& done,
                 caf::timespan bound) override {
    return nodes.net.run_until(done, bound);
  }
  caf::actor_system& client_system() override {
    return nodes.net.at(virtual_cluster::first_worker).system();
  }
  node_actor group_door() override {
    return nodes.at(virtual_cluster::first_worker);
  }
  bool lives_on(uint64_t) const override {
    return true;
  }
  uint64_t life() const override {
    return 0;
  }
  void on_reopened(const topic_partition&) override {
    // What was acknowledged is still there: nothing to judge.
  }

  /// What is to happen later, in the order of time.
  void later(int64_t in_ms, std::function<void()> what);

  uint32_t size_ = 0;
  std::multimap<int64_t, std::function<void()>> plans_;
  /// Nodes that are to stop, until when.
  std::map<uint32_t, int64_t> stopping_;
};

} // namespace troupe::testing
