#pragma once

#include "tests/actors/coordinator/explore/state.hpp"

namespace troupe::explore {

/// Renames epochs, ids and lives in order, so that only their order is left:
/// worlds that differ in nothing else become the same bytes. It is sound since
/// the protocol only compares them, and makes new ones above all others.
///
/// Epochs of the group itself become 16, 32, 48...; one in a message or with a
/// member, between two of them, becomes one of the numbers between. So the
/// group is the same whatever else is on its way. Throws `std::length_error`
/// when there are more than the bytes can hold.
void normalize(world& x);

/// The number of the next join of a slot: above all that are in use.
u8 fresh_number(const world& x, size_t slot);

} // namespace troupe::explore
