#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// How many characters to insert, remove, replace or swap with their neighbour
/// to make `a` out of `b` (optimal string alignment).
size_t edit_distance(std::string_view a, std::string_view b);

/// The one of `known` that was most likely meant by `name`; empty: none is
/// near.
std::string nearest(std::string_view name,
                    const std::vector<std::string>& known);

/// "; did you mean 'commit'?" or, with none near, "; known are a, b, c".
std::string suggestion(std::string_view name,
                       const std::vector<std::string>& known);

} // namespace troupe
