#pragma once

#include <array>
#include <string>
#include <vector>

#include "actors/coordinator/group.hpp"
#include "tests/actors/coordinator/explore/bounds.hpp"
#include "tests/actors/coordinator/explore/state.hpp"

namespace troupe {

/// Sees and sets what only a living coordinator knows.
struct group_access {
  /// Gives `to`, an empty group, all that `x` says. No timer is due.
  static void fill(group& to, const explore::core& x,
                   const explore::bounds& limits);

  /// What `x` is; handles are left out. Throws a `violation` when it has
  /// something that no group may have, or lacks what it must have.
  static explore::core read(const group& x, const explore::bounds& limits);

  /// Lets one timer of a member be due now.
  static void end_session(group& x, const uuid& id);
  static void end_rebalance(group& x, const uuid& id);
};

} // namespace troupe

namespace troupe::explore {

/// A step for which the exploration has no room now; it may come later.
struct no_room {};

/// Something that must never be.
struct violation {
  std::string what;
};

// -- what bytes stand for -----------------------------------------------------

topic_partition partition_of(size_t i);
partition_set set_of(const std::vector<topic_partition>& xs);
std::vector<topic_partition> list_of(partition_set x);

/// The only topic, with so many partitions; a command made each of them.
metadata_update topics_with(size_t partitions);

uuid uuid_of(const member_id& x);
member_id id_of(const uuid& x);

/// What a member says of itself.
std::string name_of(size_t slot);
join_request request_of(const member_id& x, const bounds& limits);

/// A coordinator's life by how many came after it.
int32_t life_of(u8 age);
u8 age_of(int32_t life);

/// All inputs come at the same time.
instant present();

table read_table(const group_table& x, const bounds& limits);
std::vector<group_record> records_of(const table& x, const bounds& limits);

} // namespace troupe::explore
