#include "tests/simulation/world.hpp"

#include <algorithm>

namespace troupe::testing {

world::world(uint64_t seed, bool is_traced)
  : client_world(seed, is_traced), sys(seed),
    disk(std::make_shared<simulation::memory_files>()) {
  net_ = std::make_unique<network>(sys.system(), make_listener());
}

world::~world() {
  end_clients();
  kill_actors();
  while (sys.step())
    continue;
  forget_clients();
}

// -- the end -----------------------------------------------------------------

void world::calm_down() {
  // What has failed by now is no fault of what follows, and who was crashed is
  // gone.
  pass(std::chrono::milliseconds{1});
  keep_node();
  note("from now on nothing fails");
  is_calm = true;
  disk->end_faults();
  while (phase_ != node_phase::up && !has_failed()) {
    if (phase_ == node_phase::down)
      start_at_ms_ = sys.now_ms();
    pass(std::chrono::milliseconds{100});
    keep_node();
  }
  for (auto& [name, group] : groups) {
    pause(name, false);
    for (int i = 0; group.is_resetting && i < 600; ++i)
      pass(std::chrono::milliseconds{100});
    auto all = consumers_of(name);
    auto stays = [](const auto* x) { return !x->is_stopping; };
    if (std::none_of(all.begin(), all.end(), stays))
      start_consumer(name);
  }
}

} // namespace troupe::testing
