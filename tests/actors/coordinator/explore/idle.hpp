#pragma once

#include "tests/actors/coordinator/explore/bounds.hpp"
#include "tests/actors/coordinator/explore/state.hpp"

/// What is on its way and can do nothing any more, whatever may come before it:
/// worlds that differ in nothing else are one.
namespace troupe::explore {

/// The youngest coordinator that a member has heard, as far as anything that
/// may still come could tell.
u8 age_that_matters(const member& x);

/// Whether a member will not be changed by a message, now and ever.
bool is_idle(const member& to, const down_message& x);

/// Whether the coordinator will not be changed by a message, nor the member
/// that sent it by the answer.
bool is_idle(const world& in, const up_message& x);

/// Takes all such messages off their ways.
void drop_idle(world& x);

/// Partitions answer with what they are now.
void set_answer(inquiry& x, const per_partition<u8>& ends);

/// Which of them was asked first does not matter.
void order_inquiries(world& x);

/// Partitions that have all records they will ever have answer at once: when
/// they do does not matter.
void answer_early(world& x, const bounds& limits);

} // namespace troupe::explore
