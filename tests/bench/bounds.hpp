#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <caf/actor_system.hpp>

#include "runtime/load/precise_histogram.hpp"

/// What the machine does at best: the same bytes and messages without Troupe.
namespace troupe::bench {

/// Bytes a second of memcpy between two buffers larger than the caches.
double memcpy_bytes_per_second();

/// Bytes a second of write() into a new file, in pieces of `piece` bytes.
double write_bytes_per_second(const std::string& directory, size_t piece,
                              uint64_t bytes);

/// Bytes a second of read() of a file that is in the page cache.
double read_bytes_per_second(const std::string& directory, size_t piece,
                             uint64_t bytes);

/// write() of `piece` bytes and fdatasync, one after the other: how long the
/// two take.
precise_histogram sync_times(const std::string& directory, size_t piece,
                             size_t count);

/// How many of those happen in a second.
double syncs_per_second(const std::string& directory, size_t piece,
                        size_t count);

/// Bytes a second through a TCP connection of this machine, between threads.
double socket_bytes_per_second(size_t piece, uint64_t bytes);

/// How long `piece` bytes take there and back.
precise_histogram socket_round_trips(size_t piece, size_t count);

/// Records a second that a bare actor takes in vectors of `at_once` postings of
/// `record_bytes` and answers with vectors of places, `open` under way.
double bare_posts_per_second(caf::actor_system& system, uint64_t records,
                             uint32_t record_bytes, uint32_t at_once,
                             uint32_t open);

/// Requests a second that a bare actor answers, one under way.
double bare_requests_per_second(caf::actor_system& system, uint32_t count);

/// How long a message takes through `hops` bare actors, each started when the
/// last one came through and `pause` has passed.
precise_histogram bare_hops(caf::actor_system& system, uint32_t hops,
                            uint32_t count, std::chrono::microseconds pause);

} // namespace troupe::bench
