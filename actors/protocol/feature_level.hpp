#pragma once

#include <cstdint>

#include <caf/meta/type_name.hpp>

namespace troupe {

/// What the nodes of a cluster say to each other and write in common has a
/// *feature level*: a number that all of them go by. A program supports a range
/// of levels, so that nodes can be replaced one by one by a newer program while
/// the others go on; what a level brings is said and written by nobody before
/// the cluster is at it (`troupe cluster upgrade`). It never goes down.
///
/// A new level is due with every change of a command of the metadata, of a
/// letter between controllers or of a message between nodes. Messages are not
/// changed: there is another one, which is sent from its level on.
struct level_range {
  uint32_t oldest = 1;
  uint32_t newest = 1;

  /// A cluster that did not settle on a level (0) is at the first one.
  constexpr bool contains(uint32_t level) const noexcept {
    auto x = level == 0 ? 1 : level;
    return oldest <= x && x <= newest;
  }

  friend bool operator==(const level_range&, const level_range&) = default;
};

/// Of this program.
inline constexpr level_range supported_levels{1, 1};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, level_range& x) {
  return f(caf::meta::type_name("level_range"), x.oldest, x.newest);
}

} // namespace troupe
