#include "actors/coordinator/host_catalog.hpp"

namespace troupe {

std::set<uuid> host_catalog::apply(const metadata_update& update) {
  std::set<uuid> result;
  for (const auto& x : update.nodes_changed) {
    auto& known = hosts_[x.id];
    // Only what changes: a member may come before this hears that its node is
    // not fenced any more.
    if (known.incarnation != x.incarnation || (x.is_fenced && !known.is_fenced))
      result.insert(known.incarnation);
    known = {x.incarnation, x.is_fenced};
  }
  for (auto id : update.nodes_removed)
    if (auto i = hosts_.find(id); i != hosts_.end()) {
      result.insert(i->second.incarnation);
      hosts_.erase(i);
    }
  result.erase(uuid{});
  return result;
}

std::set<uuid> host_catalog::lost() const {
  std::set<uuid> result;
  for (const auto& [id, x] : hosts_)
    if (x.is_fenced)
      result.insert(x.incarnation);
  return result;
}

} // namespace troupe
