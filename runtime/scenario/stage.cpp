#include "runtime/scenario/stage.hpp"

#include <chrono>
#include <thread>

#include <caf/actor_system_config.hpp>
#include <fmt/format.h>

#include "actors/protocol/registration.hpp"
#include "runtime/flusher.hpp"
#include "runtime/posix_files.hpp"
#include "runtime/scheduling.hpp"
#include "runtime/simulation/cluster/virtual_cluster.hpp"
#include "runtime/simulation/inline_flusher.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "runtime/simulation/slow_flusher.hpp"
#include "runtime/simulation/virtual_system.hpp"
#include "runtime/wall_epoch.hpp"

namespace troupe::scenario {

namespace {

class virtual_machine : public machine {
public:
  virtual_machine(uint64_t seed, caf::timespan sync_time)
    : system_(seed), disk_(std::make_shared<simulation::memory_files>()),
      sync_time_(sync_time) {}

  caf::actor_system& system() override {
    return system_.system();
  }

  epoch_offset epoch() const override {
    return system_.epoch();
  }

  int64_t now_ms() override {
    return system_.now_ms();
  }

  void advance(caf::timespan duration) override {
    system_.advance(duration);
  }

  bool wait_until(const std::function<bool()>& done,
                  caf::timespan bound) override {
    return system_.run_until(done, bound);
  }

  storage::files_ptr disk() override {
    return disk_;
  }

  flusher_actor spawn_flusher() override {
    if (sync_time_ > caf::timespan{0})
      return simulation::spawn_slow_flusher(system_.system(), sync_time_);
    return system_.system().spawn(simulation::inline_flusher);
  }

  caf::error power_cut() override {
    disk_->crash();
    return caf::none;
  }

  bool is_virtual() const noexcept override {
    return true;
  }

private:
  simulation::virtual_system system_;
  std::shared_ptr<simulation::memory_files> disk_;
  caf::timespan sync_time_;
};

class virtual_machine_room : public machine_room {
public:
  explicit virtual_machine_room(uint64_t seed) : nodes_(seed) {}

  simulation::virtual_cluster& nodes() override {
    return nodes_;
  }

  caf::actor_system* system_of(const caf::node_id& node) override {
    auto* found = nodes_.net.system_of(node);
    return found == nullptr ? nullptr : &found->system();
  }

  epoch_offset epoch() const override {
    return nodes_.net.epoch();
  }

  int64_t now_ms() override {
    return nodes_.net.epoch().to_ms(nodes_.net.now());
  }

  void advance(caf::timespan duration) override {
    nodes_.net.advance(duration);
  }

  bool wait_until(const std::function<bool()>& done,
                  caf::timespan bound) override {
    return nodes_.net.run_until(done, bound);
  }

  bool is_virtual() const noexcept override {
    return true;
  }

private:
  simulation::virtual_cluster nodes_;
};

class real_machine : public machine {
public:
  explicit real_machine(const std::string& directory)
    : disk_(std::make_shared<posix_files>(directory)) {
    register_messages(config_);
    configure_scheduling(config_);
    system_.emplace(config_);
  }

  caf::actor_system& system() override {
    return *system_;
  }

  epoch_offset epoch() const override {
    return epoch_;
  }

  int64_t now_ms() override {
    return epoch_.to_ms(system_->clock().now());
  }

  void advance(caf::timespan duration) override {
    std::this_thread::sleep_for(duration);
  }

  bool wait_until(const std::function<bool()>& done,
                  caf::timespan bound) override {
    auto end = std::chrono::steady_clock::now() + bound;
    while (!done()) {
      if (std::chrono::steady_clock::now() >= end)
        return false;
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
  }

  storage::files_ptr disk() override {
    return disk_;
  }

  flusher_actor spawn_flusher() override {
    return system_->spawn<caf::detached>(flusher, nullptr);
  }

  caf::error power_cut() override {
    return make_error(ec::invalid_argument,
                      "a power cut can be played in virtual time only");
  }

  bool is_virtual() const noexcept override {
    return false;
  }

private:
  caf::actor_system_config config_;
  std::optional<caf::actor_system> system_;
  std::shared_ptr<posix_files> disk_;
  epoch_offset epoch_ = wall_epoch();
};

} // namespace

std::unique_ptr<stage> make_virtual_stage(uint64_t seed,
                                          caf::timespan sync_time) {
  return std::make_unique<virtual_machine>(seed, sync_time);
}

std::unique_ptr<stage> make_virtual_stage(const script& play) {
  if (!play.is_clustered())
    return make_virtual_stage(play.seed);
  return std::make_unique<virtual_machine_room>(play.seed);
}

std::unique_ptr<stage> make_real_stage(const std::string& directory) {
  return std::make_unique<real_machine>(directory);
}

} // namespace troupe::scenario
