#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/actors/coordinator/explore/atlas.hpp"
#include "tests/actors/coordinator/explore/moves.hpp"
#include "tests/actors/coordinator/explore/packed.hpp"
#include "tests/actors/coordinator/explore/symmetry.hpp"

namespace troupe::explore {

struct findings {
  /// What must not be, empty: nothing was found; and the shortest way there.
  std::string fault;
  std::vector<std::string> trace;
  /// Everything within the bounds was seen.
  bool is_complete = false;
  uint64_t worlds = 0;
  uint64_t steps = 0;
  uint64_t at_rest = 0;
  uint64_t depth = 0;
  uint64_t bytes_max = 0;

  std::string to_string() const;
};

/// Nobody has joined yet.
world first_world(const bounds& limits);

/// Goes through all worlds within the bounds, those in fewer steps first.
class search {
public:
  explicit search(const bounds& limits);

  /// Stops after `worlds_max`. `progress` hears of each depth.
  findings run(size_t worlds_max,
               const std::function<void(const findings&)>& progress = {});

private:
  bool expand(const world& x, uint32_t index, packed_worlds& next);
  static std::string fault_of(const world& before, const successor& next);
  void found(std::string fault, uint32_t index);
  /// The steps that lead to a world, in words, and one from there that has a
  /// fault, if there is one.
  std::vector<std::string> replay(uint32_t index);

  bounds limits_;
  coordinator_step step_;
  moves moves_;
  symmetry one_of_;
  atlas atlas_;
  findings result_;
};

} // namespace troupe::explore
