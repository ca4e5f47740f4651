// How the members of the model work: what they hand out, finish, give up.
#include "tests/actors/coordinator/model_world.hpp"

namespace troupe::bench {

model_member* world::find(const uuid& id) {
  for (auto& x : members_)
    if (x.id == id && x.phase != member_phase::dead
        && x.phase != member_phase::out)
      return &x;
  return nullptr;
}

void world::start_handler(model_member& x) {
  if (x.phase != member_phase::in || x.busy)
    return;
  for (const auto& [p, next] : x.owned) {
    if (next >= records_per_partition || chance(3))
      continue;
    INFO(dump());
    // Committed, and durable: nobody may begin it again.
    if (is_member(x))
      REQUIRE(durable_table_.position_of(p).next <= next);
    if (!had_faults_)
      REQUIRE(finished_[p].count(next) == 0);
    x.busy = {p, next, x.id, x.epoch};
    return;
  }
}

void world::finish_handler(model_member& x) {
  if (!x.busy || x.commit)
    return;
  auto done = *std::exchange(x.busy, std::nullopt);
  finished_[done.place].insert(done.offset);
  // A result of a partition that was given up meanwhile is dropped.
  if (x.phase != member_phase::in || !x.holds(done.place) || done.id != x.id)
    return;
  if (auto i = x.owned.find(done.place); i != x.owned.end())
    i->second = done.offset + 1;
  x.commit =
    commit_request{done.id, {{done.place, done.offset + 1, 1, done.epoch, ""}}};
  x.is_commit_sent = false;
}

void world::release_drained(model_member& x) {
  for (const auto& [p, revocation] : x.draining) {
    auto is_busy = x.busy && x.busy->place == p && x.busy->id == x.id;
    auto is_committing = x.commit && x.commit->entries.at(0).id == p;
    if (is_committing)
      continue;
    if (is_busy) {
      if (!faults_.drains_expire || !chance(8))
        continue;
      had_faults_ = true;
    }
    x.up.push_back(revoked_notice{x.id, revocation, {{p, -1}}});
    x.draining.erase(p);
    return;
  }
}

void world::leave(model_member& x) {
  if (x.phase != member_phase::in || x.busy || x.commit || is_settling_)
    return;
  x.up.push_back(leave_request{x.id, !x.instance.empty() && chance(2), {}});
  x.be_out();
}

void world::die(model_member& x) {
  had_faults_ = true;
  x.up.clear();
  x.down.clear();
  x.late.reset();
  x.busy.reset();
  x.drop_all();
  x.phase = member_phase::dead;
}

void world::forget_dead(model_member& x) {
  act([&](turn& t) { core_->exited(x.id, "killed", t); });
  x.phase = member_phase::out;
}

} // namespace troupe::bench
