// How the members of the model work: what they hand out, finish, give up.
#include "tests/actors/coordinator/model_world.hpp"

namespace troupe::bench {

model_member* world::find(const uuid& id) {
  for (auto& x : members_)
    if (x.view.member() == id)
      return &x;
  return nullptr;
}

void world::start_handler(model_member& x) {
  if (!x.is_in() || x.busy)
    return;
  for (const auto& p : x.view.owned()) {
    auto next = x.next.at(p);
    if (next >= records_per_partition || chance(3))
      continue;
    INFO(dump());
    // Committed, and durable: nobody may begin it again.
    if (is_member(x))
      REQUIRE(durable_table_.position_of(p).next <= next);
    if (!had_faults_)
      REQUIRE(finished_[p].count(next) == 0);
    x.start(p);
    return;
  }
}

void world::finish_handler(model_member& x) {
  if (!x.busy || x.commit)
    return;
  finished_[x.busy->place].insert(x.busy->offset);
  x.finish();
}

void world::release_drained(model_member& x) {
  for (const auto& [p, revocation] : x.view.draining()) {
    if (!x.may_release(p))
      continue;
    if (x.is_working_on(p)) {
      if (!faults_.drains_expire || !chance(8))
        continue;
      had_faults_ = true;
    }
    x.release({p});
    return;
  }
}

void world::leave(model_member& x) {
  if (x.is_in() && !x.busy && !x.commit && !is_settling_)
    x.leave(!x.instance.empty() && chance(2));
}

void world::die(model_member& x) {
  had_faults_ = true;
  x.die();
}

void world::forget_dead(model_member& x) {
  act([&](turn& t) { core_->exited(x.died_as, "killed", t); });
  x.is_dead = false;
}

} // namespace troupe::bench
