#pragma once

#include <string>

#include "tests/actors/coordinator/explore/bounds.hpp"
#include "tests/actors/coordinator/explore/moves.hpp"

namespace troupe::explore {

/// What must hold in every world and over every step. Returns what does not,
/// empty when all is well.
///
/// - No two members own a partition, by what they and the coordinator and the
///   disk know (I1).
/// - What is durable of a position never goes back; a commit is answered with
///   yes to an owner under an epoch of its assignment only, whether it changes
///   anything or not, and passes finished records only (I2).
/// - The first start is stored once, before anybody is told, and stays.
/// - Whoever is to give something up has a timer for it.
std::string check(const world& before, const successor& next);

/// Nothing is under way, and all that is to be done is done: every partition
/// has an owner who knows it, every record is committed. A group of which all
/// members went is at rest as well.
bool is_at_rest(const world& x, const bounds& limits);

} // namespace troupe::explore
