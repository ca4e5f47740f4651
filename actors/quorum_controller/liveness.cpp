#include "actors/quorum_controller/liveness.hpp"

#include <algorithm>

namespace troupe {

liveness::liveness(caf::timespan lease, caf::timespan lost_lease)
  : lease_(lease), lost_lease_(lost_lease) {
  // nop
}

void liveness::take_over(caf::timespan now, const std::vector<uint32_t>& nodes,
                         const std::set<uint32_t>& reached) {
  ends_.clear();
  heard_.clear();
  lost_.clear();
  for (auto node : nodes)
    ends_[node] = now + (reached.contains(node) ? lease_ : lost_lease_);
}

void liveness::heard(uint32_t node, caf::timespan now) {
  ends_[node] = now + lease_;
  heard_.insert(node);
  lost_.erase(node);
}

void liveness::lost(uint32_t node, caf::timespan now) {
  if (auto i = ends_.find(node); i != ends_.end())
    i->second = std::min(i->second, now + lost_lease_);
  lost_.insert(node);
}

std::vector<uint32_t> liveness::take_expired(caf::timespan now) {
  std::vector<uint32_t> result;
  for (const auto& [node, end] : ends_)
    if (end <= now)
      result.push_back(node);
  for (auto node : result) {
    ends_.erase(node);
    heard_.erase(node);
  }
  return result;
}

std::optional<caf::timespan> liveness::next() const {
  std::optional<caf::timespan> result;
  for (const auto& [node, end] : ends_)
    result = std::min(result.value_or(end), end);
  return result;
}

} // namespace troupe
