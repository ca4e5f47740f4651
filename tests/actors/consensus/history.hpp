#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace troupe::testing {

/// What all servers together did, and the first thing that is wrong with it.
class history {
public:
  /// Commands that were applied, in their order; all servers must agree.
  void applied(uint64_t server, size_t place, uint64_t command);
  void led(uint64_t server, uint64_t term);
  void acknowledged(uint64_t command) {
    acknowledged_.insert(command);
  }
  void fail(std::string what) {
    if (violation_.empty())
      violation_ = std::move(what);
  }

  /// To be called at the end, when all is quiet: what the members applied.
  void finish(const std::map<uint64_t, std::vector<uint64_t>>& members);

  /// Empty: nothing is wrong.
  const std::string& violation() const noexcept {
    return violation_;
  }

  size_t acknowledged_count() const noexcept {
    return acknowledged_.size();
  }

  size_t elections() const noexcept {
    return leaders_.size();
  }

private:
  std::vector<uint64_t> agreed_;
  std::map<uint64_t, uint64_t> leaders_;
  std::set<uint64_t> acknowledged_;
  std::string violation_;
};

} // namespace troupe::testing
