#include "actors/storage/quota.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace troupe::storage {

namespace {

/// This part of a limit has to be free beyond it before records are taken
/// again.
constexpr uint64_t reserve_divisor = 16;

uint64_t above(uint64_t x, uint64_t limit) {
  return x > limit ? x - limit : 0;
}

} // namespace

void quota::look(const disk_space& x) {
  seen_ = x;
  auto is_short = [this](uint64_t room, uint64_t limit) {
    if (limit == 0)
      return false;
    return is_full_ ? room < std::max<uint64_t>(limit / reserve_divisor, 1)
                    : room == 0;
  };
  is_full_ = is_short(above(x.free_bytes, limits_.free_min), limits_.free_min)
             || is_short(above(limits_.quota, x.used_bytes), limits_.quota);
}

uint64_t quota::allowance() const noexcept {
  auto result = std::numeric_limits<uint64_t>::max();
  if (is_full_)
    return 0;
  if (limits_.free_min > 0)
    result = above(seen_.free_bytes, limits_.free_min);
  if (limits_.quota > 0)
    result = std::min(result, above(limits_.quota, seen_.used_bytes));
  return result;
}

std::string quota::why() const {
  constexpr auto advice = "no records are taken until there is room: delete "
                          "topics or records, or let retention take more";
  auto free = above(seen_.free_bytes, limits_.free_min);
  auto left = above(limits_.quota, seen_.used_bytes);
  if (limits_.quota > 0 && (limits_.free_min == 0 || left <= free))
    return fmt::format("the logs have {} bytes, storage.quota is {}; {}",
                       seen_.used_bytes, limits_.quota, advice);
  return fmt::format("the disk has {} bytes free, storage.free_min is {}; {}",
                     seen_.free_bytes, limits_.free_min, advice);
}

} // namespace troupe::storage
