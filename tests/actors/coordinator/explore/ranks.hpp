#pragma once

#include "tests/actors/coordinator/explore/state.hpp"

/// What happens first when nothing fails any more. What is on its way arrives,
/// then members go on, then time passes; work is taken up last.
namespace troupe::explore::rank {

enum : u8 {
  none,
  hand_out,
  beat,
  join_again,
  end_session,
  see_down,
  release,
  commit,
  finish,
  take_commit,
  take,
  take_repeated,
  hear_late,
  hear,
  answer,
  make_durable,
};

} // namespace troupe::explore::rank
