#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/node.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "runtime/simulation/virtual_network.hpp"

namespace troupe::simulation {

/// Whole nodes of a cluster in virtual time, each a process of its own on a
/// disk in memory, and the network between them.
class virtual_cluster {
public:
  explicit virtual_cluster(uint64_t seed = 0);
  ~virtual_cluster();

  virtual_cluster(const virtual_cluster&) = delete;
  virtual_cluster& operator=(const virtual_cluster&) = delete;

  void start(uint32_t node, bool founds = false);

  /// kill -9, and the same with the power.
  void kill(uint32_t node);
  void cut_power(uint32_t node);

  /// kill -9, and the disk is gone: the node starts again on an empty one.
  void lose_disk(uint32_t node);

  /// Whether the node has ended by itself; `kill` makes room for its successor.
  bool is_gone(uint32_t node) const {
    auto i = hosts_.find(node);
    return i != hosts_.end() && i->second.is_gone;
  }

  memory_files& disk(uint32_t node) {
    return *hosts_[node].disk;
  }

  /// Stops it as an operator does; then its process is gone in any case.
  caf::error stop_within(uint32_t node, caf::timespan bound);
  /// The same; throws when it takes longer than a minute.
  void stop(uint32_t node);

  bool runs(uint32_t node) const {
    auto i = hosts_.find(node);
    return i != hosts_.end() && i->second.handle;
  }

  const node_actor& at(uint32_t node) const {
    return hosts_.at(node).handle;
  }

  /// Makes clients within a process: they end with it.
  cast& players(uint32_t id) {
    return *hosts_.at(id).players;
  }

  /// Clients within the node's process: they end with it.
  producer_actor producer(uint32_t node, producer_settings settings = {});
  consumer_actor consumer(uint32_t node, const consumer_settings& settings);

  /// Where a node is reached: one of `settings.cluster.nodes`.
  static std::string address_of(uint32_t node);

  /// A process that is no node: its clients go to any node that they reach.
  void start_worker(uint32_t worker = first_worker);
  static constexpr uint32_t first_worker = 100;

  /// Asks an actor from within its own process.
  template <class Result, class Handle, class... Ts>
  caf::expected<Result> ask_within(caf::timespan bound, const Handle& whom,
                                   Ts&&... xs) {
    return net.ask_within<Result>(bound, net.host_of(whom->node()), whom,
                                  std::forward<Ts>(xs)...);
  }

  template <class Result, class Handle, class... Ts>
  caf::expected<Result> ask(const Handle& whom, Ts&&... xs) {
    return ask_within<Result>(std::chrono::minutes{1}, whom,
                              std::forward<Ts>(xs)...);
  }

  topic_info topic(uint32_t node, const std::string& name);

  /// Of all that run: each partition has a leader, and `replicas` in sync.
  bool is_healthy(size_t replicas);

  /// Lets time pass until it holds, at most so long.
  bool until(const std::function<bool()>& done,
             caf::timespan bound = std::chrono::minutes{1});

  cast_config config_of(uint32_t id);

  /// What each node says of itself and of its topics, for people.
  std::string picture();

  virtual_network net;
  node_settings settings;
  handler_registry handlers;
  /// Of nodes that are in one.
  std::map<uint32_t, std::string> racks;
  /// Of nodes that have another version of the program.
  std::map<uint32_t, level_range> levels;
  /// Of nodes whose wall clock is wrong: by how much.
  std::map<uint32_t, caf::timespan> clock_errors;
  /// How long a sync takes.
  caf::timespan sync_time{0};
  /// Who wants to see what nodes log.
  std::function<void(uint32_t node, const std::string& line)> on_log;

private:
  struct host {
    std::shared_ptr<memory_files> disk = std::make_shared<memory_files>();
    uuid directory_id;
    uint64_t lives = 0;
    node_actor handle;
    bool is_gone = false;
    /// Who lives here: the node, or a worker's link to one.
    std::unique_ptr<cast> players;
    std::vector<std::string> log_lines;
  };

  /// Makes a process for it.
  host& begin(uint32_t id);
  void end(uint32_t node);

  std::map<uint32_t, host> hosts_;
};

} // namespace troupe::simulation
