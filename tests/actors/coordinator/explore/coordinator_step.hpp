#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "tests/actors/coordinator/explore/group_access.hpp"

namespace troupe::explore {

/// What comes to a coordinator.
struct input {
  enum kind : u8 {
    /// It is loaded; only the table of the core counts.
    reload,
    /// Of `message`.
    arrival,
    /// The actor of `who` is no more.
    exited,
    /// The connection to the slot of `who` broke.
    lost,
    session_ends,
    rebalance_ends,
    /// Partitions answered `asked`.
    start_answers,
    give_answers,
    /// The topic has one more partition.
    grow,
  };

  u8 what = reload;
  member_id who;
  up_message message;
  partition_set answered = 0;
  per_partition<u8> ends{};
  /// Which of the possible targets the assignor takes.
  u8 choice = 0;
};

/// A message to a member's slot.
struct sent {
  u8 slot = 0;
  down_message what;
};

/// What comes of it.
struct outcome {
  core after;
  /// Something has to become durable before anything of this leaves.
  u8 has_records = 0;
  /// Possible targets; 1: none was computed.
  u8 choices = 1;
  u8 sent_used = 0;
  std::array<sent, 8> out{};
  /// Partitions asked, for the first start and for an assignment.
  partition_set asked_start = 0;
  partition_set asked_give = 0;
  u8 has_room = 1;
  /// A commit was answered with yes.
  u8 is_taken = 0;
  /// Empty: nothing is wrong.
  std::string fault;
};

/// The coordinator as a function: the product's `group`, and around it what the
/// actor does. Remembers what it found lately.
class coordinator_step {
public:
  explicit coordinator_step(const bounds& limits);
  ~coordinator_step();

  const outcome& operator()(const core& before, const input& x);

  /// The same without looking at what `before` says of the group: `living` has
  /// lived through all that made it.
  outcome advance(group& living, const core& before, const input& x);

  /// A group made of bytes.
  group make(const core& x) const;
  /// A group that is loaded from a table.
  group reloaded(const core& x) const;

  /// Whether the group itself says that it is stable.
  bool is_stable(const core& x) const;

private:
  struct entry;
  class run;

  outcome compute(const core& before, const input& x);
  assignor_registry_ptr assignors();

  bounds limits_;
  /// Which target the assignor takes, and of how many it took one.
  size_t choice_ = 0;
  size_t choices_ = 1;
  group empty_;
  std::vector<entry> cache_;
};

} // namespace troupe::explore
