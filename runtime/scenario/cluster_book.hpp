#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "actors/protocol/metadata_messages.hpp"
#include "config/scenario.hpp"

namespace troupe::scenario {

/// A partition had other replicas, another in-sync set or leader from then on.
struct placement_change {
  int64_t time_ms = 0;
  partition_name where;
  partition_placement before;
  partition_placement after;
};

/// Others have, or have not, heard of a node.
struct fence_change {
  int64_t time_ms = 0;
  uint32_t node = 0;
  bool is_fenced = false;
};

/// The metadata of a cluster as the first of its nodes that knew it had it, and
/// when it changed. Nodes may tell in any order: what is older than what is
/// known is left out.
class cluster_book {
public:
  void apply(const metadata_update& x, int64_t time_ms);

  const std::map<topic_id, topic_info>& topics() const noexcept {
    return topics_;
  }

  const topic_info* find(const std::string& topic) const;

  /// Null: there is no such partition.
  const partition_placement* find(const partition_name& x) const;

  /// 0: none.
  uint32_t leader_of(const partition_name& x) const;

  /// Of all topics, those with a replica that is not in sync, is missing or on
  /// its way, and those without a leader.
  int64_t under_replicated() const;
  int64_t offline() const;

  const std::vector<placement_change>& changes() const noexcept {
    return changes_;
  }

  const std::vector<fence_change>& fences() const noexcept {
    return fences_;
  }

  /// What happened so far does not belong to the story.
  void forget_changes();

private:
  void apply_topic(const topic_info& x, int64_t time_ms);

  uint64_t index_ = 0;
  std::map<topic_id, topic_info> topics_;
  std::map<uint32_t, bool> is_fenced_;
  std::vector<placement_change> changes_;
  std::vector<fence_change> fences_;
};

} // namespace troupe::scenario
