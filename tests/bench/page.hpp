#pragma once

#include <string>
#include <vector>

#include "tests/bench/figures.hpp"

namespace troupe::bench {

/// One page, complete in itself: plots first, then all figures beside their
/// bounds and, if there was one, the earlier run.
std::string page_of(const std::vector<outcome>& xs,
                    const std::vector<outcome>& earlier);

/// What has changed since `earlier` by more than the noise, a line each.
std::string comparison(const std::vector<outcome>& xs,
                       const std::vector<outcome>& earlier);

/// The aims that were missed, a line each, and how many were reached.
std::string missed_aims(const std::vector<outcome>& xs);

} // namespace troupe::bench
