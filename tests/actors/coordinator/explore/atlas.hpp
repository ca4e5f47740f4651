#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "tests/actors/coordinator/explore/bounds.hpp"
#include "tests/actors/coordinator/explore/digest.hpp"

namespace troupe::explore {

/// All worlds that were seen, by their digests, and how each was reached. A
/// world that was seen with a budget that covers this one's is not seen again:
/// whatever may follow was found already.
class atlas {
public:
  static constexpr uint32_t nowhere = UINT32_MAX;

  struct place {
    uint32_t index = 0;
    bool is_new = false;
  };

  place add(const digest& world, const budget& left, uint32_t from) {
    if (digests_.size() * 3 >= table_.size() * 2)
      grow();
    auto mask = table_.size() - 1;
    auto i = world.low & mask;
    for (; table_[i] != nowhere; i = (i + 1) & mask)
      if (digests_[table_[i]] == world && budgets_[table_[i]].covers(left))
        return {table_[i], false};
    auto index = static_cast<uint32_t>(digests_.size());
    table_[i] = index;
    digests_.push_back(world);
    budgets_.push_back(left);
    origins_.push_back(from);
    rests_.push_back(nowhere);
    return {index, true};
  }

  size_t size() const {
    return digests_.size();
  }

  const budget& left(uint32_t index) const {
    return budgets_[index];
  }

  const digest& at(uint32_t index) const {
    return digests_[index];
  }

  /// The worlds that lead to a world, from the second one on.
  std::vector<uint32_t> path_to(uint32_t index) const {
    std::vector<uint32_t> result;
    for (; origins_[index] != nowhere; index = origins_[index])
      result.insert(result.begin(), index);
    return result;
  }

  /// Where a world goes when nothing fails any more; to itself: it is at rest.
  void set_rest(uint32_t index, uint32_t next) {
    rests_[index] = next;
  }

  /// A world that never comes to rest, `nowhere`: there is none. Those that
  /// were not looked at count as if they did.
  uint32_t find_restless() const {
    enum : uint8_t { unknown, on_path, good };
    std::vector<uint8_t> colors(size(), unknown);
    std::vector<uint32_t> path;
    for (uint32_t first = 0; first < size(); ++first) {
      path.clear();
      auto x = first;
      while (x != nowhere && colors[x] == unknown) {
        colors[x] = on_path;
        path.push_back(x);
        if (rests_[x] == x)
          break;
        x = rests_[x];
      }
      if (x != nowhere && colors[x] == on_path && rests_[x] != x)
        return first;
      for (auto y : path)
        colors[y] = good;
    }
    return nowhere;
  }

  size_t bytes() const {
    return digests_.capacity() * (sizeof(digest) + sizeof(budget) + 8)
           + table_.capacity() * 4;
  }

private:
  void grow() {
    auto size = table_.size() * 2;
    table_.assign(size, nowhere);
    for (uint32_t index = 0; index < digests_.size(); ++index) {
      auto i = digests_[index].low & (size - 1);
      while (table_[i] != nowhere)
        i = (i + 1) & (size - 1);
      table_[i] = index;
    }
  }

  std::vector<digest> digests_;
  std::vector<budget> budgets_;
  std::vector<uint32_t> origins_;
  std::vector<uint32_t> rests_;
  std::vector<uint32_t> table_ = std::vector<uint32_t>(1024, nowhere);
};

} // namespace troupe::explore
