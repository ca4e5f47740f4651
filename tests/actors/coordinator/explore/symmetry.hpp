#pragma once

#include <array>
#include <vector>

#include "tests/actors/coordinator/explore/bounds.hpp"
#include "tests/actors/coordinator/explore/state.hpp"

namespace troupe::explore {

/// Members that are not static, and partitions that the topic has at first,
/// are told apart by nothing but their names: the group treats all alike, as
/// long as any target may be. So of all worlds that differ in who is who one
/// stands for all.
class symmetry {
public:
  explicit symmetry(const bounds& limits);

  /// The normal form of the one that stands for `x`.
  world operator()(const world& x) const;

  /// In how many ways names can be given.
  size_t size() const {
    return slots_.size() * partitions_.size();
  }

  /// `x` with the names given in another way; 0: as they are.
  world renamed(const world& x, size_t i) const;

private:
  using slot_names = std::array<u8, slots_max>;
  using partition_names = std::array<u8, partitions_max>;

  /// New names by old ones; the first of each changes nothing.
  std::vector<slot_names> slots_;
  std::vector<partition_names> partitions_;
};

} // namespace troupe::explore
