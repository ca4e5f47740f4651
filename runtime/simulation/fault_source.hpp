#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "runtime/simulation/disk_faults.hpp"

namespace troupe::simulation {

/// Decides which call goes wrong, and counts what it did.
class fault_source {
public:
  /// A fault that hits now.
  struct hit {
    disk_fault what;
    /// Which bit to flip.
    uint64_t bit = 0;
    caf::timespan slow_time{0};
  };

  void plan(planned_fault x);
  void by_chance(const fault_rates& rates, uint64_t seed);

  /// No more faults; the counts stay.
  void clear();

  /// The fault of `kinds`, if any, that hits this call on `path`.
  std::optional<hit> draw(const std::string& path,
                          std::initializer_list<disk_fault> kinds);

  fault_counts counts;

private:
  std::optional<hit> planned(const std::string& path, disk_fault what);
  std::optional<hit> chance(const std::string& path, disk_fault what);

  std::vector<planned_fault> plan_;
  fault_rates rates_;
  std::mt19937_64 random_;
  bool has_rates_ = false;
};

} // namespace troupe::simulation
