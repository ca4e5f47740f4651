#pragma once

#include <memory>

#include "runtime/simulation/memory_files.hpp"
#include "tests/simulation/client_world.hpp"

namespace troupe::testing {

enum class node_phase : uint8_t { down, up, stopping };

/// A node on its disk, its clients, the network between them, and the checker
/// that is told what clients see. All in virtual time, each actor's turn drawn
/// from the seed. What happens to them decides who calls.
class world : public client_world {
public:
  world(uint64_t seed, bool is_traced);
  ~world() override;

  caf::actor_clock::time_point now() override {
    return sys.now();
  }
  int64_t now_ms() override {
    return sys.now_ms();
  }
  bool is_up() const override {
    return phase_ == node_phase::up;
  }

  // -- the node --------------------------------------------------------------

  void start_node();

  /// Asks it to stop; `end_node` follows when it has, or takes too long.
  void stop_node();

  /// When to start it again.
  void restart_at(int64_t ms) {
    start_at_ms_ = ms;
  }

  /// Ends it: disk and network first. What it leaves on the disk is judged.
  void end_node(checker::node_end how, const simulation::power_cut& cut = {});

  /// Starts or ends what is due by now.
  void keep_node();

  node_phase phase() const noexcept {
    return phase_;
  }

  // -- the end ---------------------------------------------------------------

  /// From now on nothing fails any more.
  void calm_down();

  /// Replays what is on the disk and compares with what the node says (I7).
  /// False: the node was busy, nothing was compared.
  bool compare_replay();

  simulation::virtual_system sys;
  std::shared_ptr<simulation::memory_files> disk;
  /// How long a sync takes.
  caf::timespan sync_time{0};

private:
  bool step_actor() override {
    return sys.step();
  }
  bool fire_timer(std::optional<caf::actor_clock::time_point> end) override {
    return sys.fire(end);
  }
  bool run_until(const std::function<bool()>& done,
                 caf::timespan bound) override {
    return sys.run_until(done, bound);
  }
  bool is_well(std::string& why) override;
  caf::actor_system& client_system() override {
    return sys.system();
  }
  node_actor group_door() override {
    return node_;
  }
  bool lives_on(uint64_t life) const override {
    return life == lives_ && phase_ != node_phase::down;
  }
  uint64_t life() const override {
    return lives_;
  }
  /// Its log may end lower, as after a kill.
  void on_reopened(const topic_partition& id) override {
    judge_log(place_of(id));
  }

  // -- the node (world_node.cpp) ---------------------------------------------

  cast_config make_config();
  void kill_actors();
  void judge_disk();
  void judge_log(const checker::place& where);

  node_actor node_;
  flusher_actor flusher_;
  node_phase phase_ = node_phase::down;
  /// The node ended by itself, or has stopped as it was asked to.
  bool is_gone_ = false;
  bool has_stopped_ = false;
  int64_t stop_until_ms_ = 0;
  std::optional<int64_t> start_at_ms_;
  uint64_t lives_ = 0;
};

} // namespace troupe::testing
