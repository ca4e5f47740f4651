#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/scenario.hpp"
#include "runtime/cast.hpp"
#include "runtime/scenario/ledger.hpp"
#include "runtime/scenario/scripted_handler.hpp"
#include "runtime/scenario/stage.hpp"

namespace troupe::scenario {

/// A consumer of a scenario, running or gone.
struct player_consumer {
  std::string group;
  uint32_t number = 0;
  std::string name;
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

/// The node and the consumers of a scenario: starts, stops and kills them.
class company {
public:
  company(stage& on, const script& play, std::shared_ptr<ledger> book);

  /// Ends all that still runs.
  ~company();

  company(const company&) = delete;
  company& operator=(const company&) = delete;

  caf::error start_node();

  /// Ends the node, and with it producer and consumers, as `how` says.
  caf::error end_node(restart_kind how, caf::timespan bound);

  const node_actor& node() const noexcept {
    return node_;
  }

  /// The producer for posts with these acks.
  producer_actor producer(enum acks acks);

  /// Starts consumers under the smallest numbers that are free; the names.
  caf::expected<std::vector<std::string>> start(const group_spec& group,
                                                uint32_t count);

  /// Starts a consumer under this number.
  caf::error start_numbered(const group_spec& group, uint32_t number);

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

private:
  player_consumer* find_running(const std::string& name);
  caf::error wait_until_gone(size_t actors_left, caf::timespan bound);

  stage& stage_;
  const script& script_;
  std::shared_ptr<ledger> book_;
  std::map<std::string, std::shared_ptr<failure_plan>> failures_;
  std::unique_ptr<cast> cast_;
  node_actor node_;
  std::map<enum acks, producer_actor> producers_;
  std::vector<player_consumer> consumers_;
  /// Node lives so far: no two have the same seed.
  uint64_t lives_ = 0;
  size_t actors_before_ = 0;
};

} // namespace troupe::scenario
