#include "runtime/random_uuid.hpp"

#include <random>

namespace troupe {

uuid random_uuid() {
  std::random_device source;
  auto half = [&] { return (uint64_t{source()} << 32) | source(); };
  return {half(), half()};
}

} // namespace troupe
