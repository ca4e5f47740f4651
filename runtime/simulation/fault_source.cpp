#include "runtime/simulation/fault_source.hpp"

#include <algorithm>
#include <utility>

namespace troupe::simulation {

namespace {

constexpr uint32_t million = 1'000'000;

bool concerns(const std::string& part, const std::string& path) {
  return part.empty() || path.find(part) != std::string::npos;
}

} // namespace

const char* to_string(disk_fault x) {
  switch (x) {
    case disk_fault::write_fails:
      return "write_fails";
    case disk_fault::full:
      return "full";
    case disk_fault::sync_fails:
      return "sync_fails";
    case disk_fault::read_fails:
      return "read_fails";
    case disk_fault::flip_on_read:
      return "flip_on_read";
    case disk_fault::flip_at_rest:
      return "flip_at_rest";
    case disk_fault::slow_sync:
      return "slow_sync";
  }
  return "unknown";
}

void fault_source::plan(planned_fault x) {
  plan_.push_back(std::move(x));
}

void fault_source::by_chance(const fault_rates& rates, uint64_t seed) {
  rates_ = rates;
  random_.seed(seed);
  has_rates_ = std::any_of(rates.per_million.begin(), rates.per_million.end(),
                           [](uint32_t x) { return x > 0; });
}

void fault_source::clear() {
  plan_.clear();
  has_rates_ = false;
}

std::optional<fault_source::hit> fault_source::draw(
  const std::string& path, std::initializer_list<disk_fault> kinds) {
  for (auto what : kinds) {
    auto result = planned(path, what);
    if (!result)
      result = chance(path, what);
    if (result) {
      ++counts.hits[static_cast<size_t>(what)];
      return result;
    }
  }
  return std::nullopt;
}

std::optional<fault_source::hit> fault_source::planned(const std::string& path,
                                                       disk_fault what) {
  std::optional<hit> result;
  // Each counts the calls that it could hit, whichever of them hits.
  for (auto& x : plan_) {
    if (x.what != what || x.times == 0 || !concerns(x.path, path))
      continue;
    if (x.after > 0) {
      --x.after;
      continue;
    }
    if (result)
      continue;
    if (x.times != planned_fault::for_good)
      --x.times;
    result = hit{what, x.bit, x.slow_time};
  }
  std::erase_if(plan_, [](const auto& x) { return x.times == 0; });
  return result;
}

std::optional<fault_source::hit> fault_source::chance(const std::string& path,
                                                      disk_fault what) {
  if (!has_rates_ || rates_[what] == 0 || !concerns(rates_.path, path)
      || random_() % million >= rates_[what])
    return std::nullopt;
  hit result{what, random_(), caf::timespan{0}};
  auto longest = rates_.slow_time_max.count();
  if (what == disk_fault::slow_sync && longest > 0)
    result.slow_time =
      caf::timespan{1 + static_cast<int64_t>(random_() % longest)};
  return result;
}

} // namespace troupe::simulation
