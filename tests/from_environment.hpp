#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace troupe::testing {

/// The number in a variable of the environment.
inline uint64_t from_environment(const char* name, uint64_t otherwise) {
  auto* text = std::getenv(name);
  return text ? std::stoull(text) : otherwise;
}

} // namespace troupe::testing
