#pragma once

#include <chrono>

#include <caf/timespan.hpp>

/// Bounds of a producer that nobody needs to set.
namespace troupe::producer_limits {

/// What is known of a topic is asked for again, when it is used, after this
/// long: so that new partitions get records, and new limits count.
inline constexpr caf::timespan topic_age_max = std::chrono::seconds{30};

} // namespace troupe::producer_limits
