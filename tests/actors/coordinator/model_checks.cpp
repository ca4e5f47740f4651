// What must hold after every step of the model, and in the end.
#include "tests/actors/coordinator/model_world.hpp"

namespace troupe::bench {

bool world::is_member(const model_member& x) const {
  return x.is_in() && core_->table().member(x.view.member())
         && durable_table_.member(x.view.member());
}

void world::check() {
  std::set<topic_partition> held;
  for (const auto& x : members_) {
    if (!is_member(x))
      continue;
    for (const auto& p : x.view.owned())
      if (!held.insert(p).second)
        FAIL("two own " << p.partition << "\n" << dump());
    for (const auto& [p, id] : x.view.draining())
      if (!held.insert(p).second)
        FAIL("two own " << p.partition << "\n" << dump());
  }
}

bool world::is_at_rest() {
  if (!queue_.empty() || !start_questions_.empty() || !give_questions_.empty())
    return false;
  size_t owned = 0;
  for (const auto& x : members_) {
    auto known = core_->table().member(x.view.member());
    if (!x.is_in() || !x.up.empty() || !x.down.empty() || x.late || x.busy
        || x.commit || !x.view.draining().empty() || !known
        || known->current.epoch != x.view.epoch())
      return false;
    std::vector<topic_partition> mine(x.view.owned().begin(),
                                      x.view.owned().end());
    if (mine != known->target || known->current.assigned.size() != mine.size())
      return false;
    owned += mine.size();
  }
  if (owned != topic_.created_index.size())
    return false;
  for (size_t n = 0; n < topic_.created_index.size(); ++n)
    if (core_->table().position_of({topic_.id, static_cast<int32_t>(n)}).next
        != records_per_partition)
      return false;
  return core_->describe()->state == "stable";
}

std::string world::dump() const {
  std::string out;
  for (const auto& x : members_) {
    out += "\n" + x.name + " phase " + std::to_string(int(x.phase()))
           + " epoch " + std::to_string(x.view.epoch()) + " up "
           + std::to_string(x.up.size()) + " down "
           + std::to_string(x.down.size()) + (x.busy ? " busy" : "")
           + (x.commit ? " commit" : "") + " owns";
    for (const auto& p : x.view.owned())
      out +=
        " " + std::to_string(p.partition) + "@" + std::to_string(x.next.at(p));
    out += " drains";
    for (const auto& [p, id] : x.view.draining())
      out += " " + std::to_string(p.partition);
    if (auto known = core_->table().member(x.view.member())) {
      out += " | known epoch " + std::to_string(known->current.epoch)
             + (known->info.is_away ? " away" : "") + " assigned";
      for (const auto& [p, held] : known->current.assigned)
        out += " " + std::to_string(p.partition);
      out += " revoking";
      for (const auto& [p, held] : known->current.revoking)
        out += " " + std::to_string(p.partition);
      out += " target";
      for (const auto& p : known->target)
        out += " " + std::to_string(p.partition);
    }
  }
  out += "\nlife " + std::to_string(life_) + " queue "
         + std::to_string(queue_.size());
  for (const auto& [id, known] : core_->table().members())
    out += " member " + std::to_string(id.low);
  return out;
}

} // namespace troupe::bench
