#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_addr.hpp>

#include "config/scenario.hpp"
#include "runtime/cast.hpp"
#include "runtime/scenario/ledger.hpp"
#include "runtime/scenario/poster.hpp"
#include "runtime/scenario/scripted_handler.hpp"
#include "runtime/scenario/stage.hpp"

namespace troupe::scenario {

class cluster_company;
class machine_company;

/// Why a scenario with nodes cannot be played where `has_quorum` is false.
inline constexpr const char* quorum_is_missing =
  "this program was built without libraft 0.22.1: it has single nodes only. "
  "Take 'nodes' out of the scenario, or install libraft-dev (on Debian 12 "
  "from bookworm-backports) and build it again";

/// A consumer of a scenario, running or gone.
struct player_consumer {
  std::string group;
  uint32_t number = 0;
  std::string name;
  /// Of its process; 0: that of the single node.
  uint32_t host = 0;
  consumer_actor handle;
  int64_t started_ms = 0;
  /// Hand-outs in the ledger when it was started: those before were an earlier
  /// one's of its name.
  size_t entries_before = 0;
  /// -1 while it runs.
  int64_t ended_ms = -1;

  bool is_running() const noexcept {
    return handle != nullptr;
  }
};

/// A process that clients live in.
struct place {
  uint32_t host = 0;
  caf::actor_system* system = nullptr;
  cast* players = nullptr;
  node_actor door;
  /// Makes an actor end with its process, where processes are virtual.
  std::function<void(const caf::actor_addr&)> adopt = {};
};

/// The nodes and the clients of a scenario: starts, stops and kills them.
class company {
public:
  company(stage& on, const script& play, std::shared_ptr<ledger> book,
          std::shared_ptr<post_book> posts);

  virtual ~company() = default;

  company(const company&) = delete;
  company& operator=(const company&) = delete;

  // -- nodes -----------------------------------------------------------------

  /// Starts all nodes; the scenario's topics are there then.
  virtual caf::error begin() = 0;

  /// A node that can be asked for changes of topics; null: none runs.
  virtual node_actor door() = 0;

  /// All topics.
  virtual caf::expected<std::vector<topic_info>> topics() = 0;

  /// Who serves a partition or coordinates a group, where it lives.
  virtual caf::expected<partition_actor> partition(
    const topic_partition& id) = 0;
  virtual caf::expected<coordinator_actor> coordinator(
    const std::string& group) = 0;

  /// The same as what it is; null: it is not.
  virtual machine_company* as_machine() noexcept {
    return nullptr;
  }
  virtual cluster_company* as_cluster() noexcept {
    return nullptr;
  }

  // -- clients ---------------------------------------------------------------

  /// Posts what a step says; the posts' number.
  caf::expected<size_t> post(const produce& step);

  /// Starts consumers under the smallest numbers that are free; the names.
  caf::expected<std::vector<std::string>> start(
    const group_spec& group, uint32_t count,
    const std::vector<host_name>& at = {});

  /// Starts a consumer under this number.
  caf::error start_numbered(const group_spec& group, uint32_t number,
                            uint32_t host);

  /// Who is meant: running consumers.
  std::vector<std::string> choose(const std::string& group,
                                  const consumer_choice& who) const;

  /// Lets consumers drain, commit and leave.
  caf::error stop(const std::vector<std::string>& names, caf::timespan bound);

  /// Kills consumers.
  void crash(const std::vector<std::string>& names);

  /// Running consumers of a group.
  std::vector<std::string> running(const std::string& group) const;

  /// All consumers there ever were.
  const std::vector<player_consumer>& consumers() const noexcept {
    return consumers_;
  }

protected:
  /// The process with this number; an error when it does not run.
  virtual caf::expected<place> place_of(uint32_t host) = 0;

  /// The process that is meant; nothing: where clients live if nobody says.
  virtual caf::expected<uint32_t> host_of(
    const std::optional<host_name>& at) = 0;

  /// Makes the handlers of the scenario's groups.
  void add_handlers(handler_registry& handlers);

  void end_producers();

  /// All clients of a process are gone with it.
  void forget_clients(uint32_t host);

  stage& stage_;
  const script& script_;
  /// Names of consumers that ended with their process.
  std::set<std::string> ended_with_host_;

private:
  player_consumer* find_running(const std::string& name);

  std::shared_ptr<ledger> book_;
  std::shared_ptr<post_book> posts_;
  std::map<std::string, std::shared_ptr<failure_plan>> failures_;
  std::map<std::pair<uint32_t, enum acks>, producer_actor> producers_;
  /// Posts of a process, by number.
  std::multimap<uint32_t, size_t> posted_from_;
  std::vector<player_consumer> consumers_;
};

/// The company that plays on this stage.
std::unique_ptr<company> make_company(stage& on, const script& play,
                                      std::shared_ptr<ledger> book,
                                      std::shared_ptr<post_book> posts);

} // namespace troupe::scenario
