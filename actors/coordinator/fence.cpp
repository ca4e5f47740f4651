#include "actors/coordinator/fence.hpp"

namespace troupe {

ec check_commit(const current_assignment& owner, const position& held,
                const commit_entry& entry) {
  if (auto fault = check_entry(entry); fault != ec::none)
    return fault;
  auto i = owner.assigned.find(entry.id);
  if (i == owner.assigned.end()) {
    i = owner.revoking.find(entry.id);
    if (i == owner.revoking.end())
      return ec::stale_epoch;
  }
  if (entry.handed_epoch < i->second.epoch || entry.handed_epoch > owner.epoch)
    return ec::stale_epoch;
  if (entry.next < held.next && !proves_cut(held, entry))
    return ec::commit_goes_back;
  return ec::none;
}

ec check_entry(const commit_entry& entry) {
  return entry.next >= 0 && entry.metadata.size() <= commit_metadata_bytes_max
           ? ec::none
           : ec::invalid_argument;
}

bool proves_cut(const position& held, const commit_entry& entry) {
  return entry.next < held.next && held.leader_epoch >= 0
         && entry.leader_epoch > held.leader_epoch;
}

} // namespace troupe
