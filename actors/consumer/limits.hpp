#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Bounds of a consumer that nobody needs to set.
namespace troupe::consumer_limits {

using namespace std::chrono_literals;

/// How long node, coordinator and partitions have for an answer, beyond what
/// they are asked to wait. Generous: without an answer the request is repeated.
inline constexpr auto request_timeout = std::chrono::milliseconds{10'000};

/// Between two looks for who serves a group or a partition, which another node
/// may do by now; they cost little.
inline constexpr auto find_wait_max = std::chrono::milliseconds{200};

/// Records given to a handler function before other messages get in.
inline constexpr uint32_t records_per_turn = 64;

/// Of these, how many of one partition before the next one's turn, while no
/// pace is set: what lies together is read together.
inline constexpr uint32_t records_in_a_row = 16;

/// Keys of a partition that may be parked at once: they are in memory.
inline constexpr size_t parked_keys_max = 10'000;

} // namespace troupe::consumer_limits
