#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/actors/coordinator/explore/coordinator_step.hpp"

namespace troupe::explore {

/// What happens in one step.
enum class act : u8 {
  // Around the group.
  post,
  grow,
  // Members, of their own will or not.
  join,
  join_again,
  leave,
  leave_for_now,
  crash,
  restart,
  beat,
  // On its way, to members.
  hear,
  hear_late,
  // A member's work.
  hand_out,
  finish,
  commit,
  release,
  expire_drain,
  // On its way, to the coordinator.
  take,
  take_commit,
  take_repeated,
  repeat,
  repeat_commit,
  lose,
  // The coordinator.
  make_durable,
  ask,
  answer,
  see_down,
  end_session,
  fence_session,
  fence_rebalance,
  reload,
};

struct action {
  act what = act::post;
  /// Whose, and which of them: a partition, a row, an inquiry, a set.
  u8 slot = 0;
  u8 value = 0;
  /// The target that the assignor took.
  u8 choice = 0;
};

/// A world that follows.
struct successor {
  world after;
  budget left;
  action what;
  /// What came to the coordinator.
  std::optional<input> cause;
  /// It was a commit, and was answered with yes.
  u8 is_taken = 0;
  /// Not 0: it happens also when no fault does, and of those the one with the
  /// highest rank first.
  u8 rank = 0;
  /// What must not be; empty: all is well.
  std::string fault;
};

/// All that can happen to a world.
class moves {
public:
  moves(const bounds& limits, coordinator_step& step)
    : limits_(limits), step_(step) {}

  /// The same world and budget give the same, in the same order.
  const std::vector<successor>& of(const world& x, const budget& left);

private:
  // moves.cpp
  void around();
  void faults(u8 slot);
  void crash(u8 slot);
  void lose(u8 slot);
  void repeat(u8 slot);
  void reload();

  // moves_coordinator.cpp
  void coordinator(u8 slot);
  void make_durable();
  void answer();
  void rows();
  void row_ends(size_t i);
  void put(const world& base, const budget& left, const action& what, input in,
           u8 rank);
  bool take_in(world& to, const outcome& x) const;

  // moves_member.cpp
  void member_moves(u8 slot);
  void membership(u8 slot);
  void hearing(u8 slot);
  void work(u8 slot);
  void hand_out(u8 slot, size_t partition);
  void finish(u8 slot);
  void giving_up(u8 slot);
  bool beat_matters(u8 slot) const;
  bool is_quiet(u8 slot) const;
  bool is_living(const member_id& x) const;

  /// A step of member `slot`; left out when there is no room for it.
  template <class Change>
  void member_step(const action& what, const budget& left, u8 rank,
                   Change change);
  /// The actor of a slot has ended.
  static void end_actor(world& to, u8 slot);
  static void send_commit(world& to, u8 slot);
  successor& add(const world& after, const budget& left, const action& what,
                 u8 rank);

  bounds limits_;
  coordinator_step& step_;
  const world* now_ = nullptr;
  budget left_;
  std::vector<successor> out_;
};

} // namespace troupe::explore
