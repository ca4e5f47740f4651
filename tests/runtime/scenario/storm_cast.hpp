#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "config/scenario.hpp"
#include "tests/dice.hpp"

namespace troupe::testing {

/// A group of a storm with rules, pace, commits, handler and failures drawn by
/// chance. It reads some of `topics`, and sometimes `later`, which is not there
/// yet.
scenario::group_spec draw_storm_group(
  dice& random, std::string name, const std::map<std::string, int32_t>& topics,
  const std::string& later);

/// How long one consumer of a group works on so many records of a topic, about.
milliseconds work_of(const scenario::group_spec& group,
                     const std::string& topic, uint32_t count);

} // namespace troupe::testing
