#pragma once

#include <cstddef>
#include <cstdint>

/// What this process has used.
namespace troupe {

/// User and system time of all threads, in seconds.
double cpu_seconds();

/// Bytes of memory that are resident.
uint64_t resident_bytes();

/// Open file descriptors.
size_t open_descriptors();

} // namespace troupe
