#include "actors/protocol/retry.hpp"

#include <algorithm>

namespace troupe {

using std::chrono::milliseconds;

namespace {

/// The next number after `state`. Source: splitmix64 by Sebastiano Vigna.
uint64_t draw(uint64_t& state) noexcept {
  state += 0x9E3779B97F4A7C15u;
  auto x = state;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

} // namespace

milliseconds backoff_after(uint32_t failures, milliseconds first,
                           milliseconds largest) {
  if (failures == 0)
    return milliseconds{0};
  auto wait = first;
  // Doubling stops at the bound: no shift can overflow.
  for (uint32_t i = 1; i < failures && wait < largest && wait.count() > 0; ++i)
    wait = wait > largest / 2 ? largest : wait * 2;
  return std::min(wait, largest);
}

backoff::backoff(milliseconds first, milliseconds largest, uint64_t jitter_seed)
  : first_(first), largest_(largest), jitter_(jitter_seed) {
  // nop
}

milliseconds backoff::next() {
  if (failures_ < UINT32_MAX)
    ++failures_;
  auto wait = backoff_after(failures_, first_, largest_);
  if (jitter_ == 0 || wait.count() < 2)
    return wait;
  auto half = wait / 2;
  auto span = static_cast<uint64_t>((wait - half).count()) + 1;
  return half + milliseconds{static_cast<int64_t>(draw(jitter_) % span)};
}

} // namespace troupe
