#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include "actors/protocol/interfaces.hpp"
#include "tests/end_to_end/kill/journal.hpp"

/// The clients of a node that is killed: they work, and tell what they see.
namespace troupe::testing {

/// The topic all of them use, and its partitions.
inline constexpr const char* topic_name = "messages";
inline constexpr int32_t partition_count = 3;

/// Both groups read all of it; `A` from the beginning, committing each record,
/// `B` what comes after its first start, committing every tenth.
inline constexpr const char* group_names[] = {"A", "B"};

/// What one client needs to know.
struct client_role {
  /// Unique among all clients of a run.
  std::string name;
  uint64_t seed = 0;
  node_actor node;
  std::shared_ptr<journal> told;
  /// How often a poster posts some records.
  std::chrono::milliseconds post_interval{10};
};

/// Posts records to `producer` until it is told to stop with an exit message;
/// then it waits for what is unanswered, and ends. `kind` is part of each
/// value.
caf::actor spawn_poster(caf::actor_system& system, const client_role& role,
                        const std::string& kind, enum acks acks);

/// A member of the group.
consumer_actor spawn_member(caf::actor_system& system, const client_role& role,
                            const std::string& group);

} // namespace troupe::testing
