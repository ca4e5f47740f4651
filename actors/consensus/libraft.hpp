#pragma once

// libraft's header, for C++. To be included by this folder's sources only, and
// after all other headers.

#include <cstdbool>
#include <cstddef>
#include <cstdint>
#include <cstdio>

// Its compile-time checks define types within sizeof, which C++ does not know.
#define static_assert(...)
extern "C" {
#include <raft.h>
}
#undef static_assert

#if RAFT_VERSION_NUMBER < 2201
#  error "libraft 0.22.1 or later is needed: 0.15 loses acknowledged entries"
#endif
