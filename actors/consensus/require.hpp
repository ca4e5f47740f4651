#pragma once

#include <cstdio>
#include <cstdlib>

namespace troupe::consensus {

/// Ends the process when what must hold does not: a server that goes on in such
/// a state could make others forget what they agreed on.
inline void require(bool holds, const char* what) {
  if (holds)
    return;
  std::fprintf(stderr, "consensus: %s\n", what);
  std::abort();
}

} // namespace troupe::consensus
