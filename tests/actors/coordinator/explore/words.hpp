#pragma once

#include <string>
#include <vector>

#include "tests/actors/coordinator/explore/moves.hpp"

namespace troupe::explore {

/// A step, for people.
std::string in_words(const world& before, const successor& step);

/// Who holds what in a world, a line each.
std::vector<std::string> in_words(const world& x);

} // namespace troupe::explore
