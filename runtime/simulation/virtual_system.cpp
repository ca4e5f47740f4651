#include "runtime/simulation/virtual_system.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include <caf/io/middleman.hpp>
#include <caf/io/network/test_multiplexer.hpp>

#include "actors/protocol/registration.hpp"

namespace troupe::simulation {

namespace {

using namespace std::chrono_literals;

/// 2026-01-01T00:00:00Z.
constexpr auto begin_of_time = 1'767'225'600s;

} // namespace

virtual_system::virtual_system(uint64_t seed, bool is_one_of_many)
  : random_(seed), in_order_(seed == 0) {
  register_messages(config_);
  config_.set("scheduler.policy", caf::atom("testing"));
  if (is_one_of_many) {
    // What gives a system its node id; it reaches nobody.
    config_.load<caf::io::middleman, caf::io::network::test_multiplexer>();
    config_.set("middleman.network-backend", caf::atom("testing"));
    config_.set("middleman.manual-multiplexing", true);
    config_.set("middleman.attach-utility-actors", true);
    config_.set("middleman.heartbeat-interval", caf::timespan{0});
    config_.set("middleman.workers", size_t{0});
  }
  system_.emplace(config_);
  using caf::scheduler::test_coordinator;
  scheduler_ = &dynamic_cast<test_coordinator&>(system_->scheduler());
}

virtual_system::~virtual_system() {
  end_actors();
}

void virtual_system::end_actors() {
  for (auto& addr : spawned_)
    if (auto handle = caf::actor_cast<caf::actor>(addr))
      caf::anon_send_exit(handle, caf::exit_reason::kill);
  run();
  // A timer may hold the last reference to an actor.
  scheduler_->clock().cancel_all();
  run();
}

epoch_offset virtual_system::begin_epoch() noexcept {
  return epoch_offset{begin_of_time};
}

epoch_offset virtual_system::epoch() const noexcept {
  return begin_epoch();
}

void virtual_system::set_time(caf::actor_clock::time_point x) {
  scheduler_->clock().current_time = std::max(now(), x);
}

caf::actor_clock::time_point virtual_system::now() {
  return scheduler_->clock().now();
}

int64_t virtual_system::now_ms() {
  return epoch().to_ms(now());
}

bool virtual_system::step() {
  auto& jobs = scheduler_->jobs;
  if (jobs.empty())
    return false;
  if (!in_order_ && jobs.size() > 1) {
    auto chosen =
      std::next(jobs.begin(), static_cast<ptrdiff_t>(random_() % jobs.size()));
    auto job = *chosen;
    jobs.erase(chosen);
    jobs.push_front(job);
  }
  return scheduler_->try_run_once();
}

bool virtual_system::fire(std::optional<caf::actor_clock::time_point> end) {
  auto due = next_timer();
  if (due && (!end || *due <= *end)) {
    scheduler_->clock().trigger_timeout();
    return true;
  }
  if (end)
    scheduler_->clock().current_time = std::max(now(), *end);
  return false;
}

void virtual_system::run(size_t steps_max) {
  while (step())
    if (steps_max-- == 0)
      throw std::runtime_error(
        "virtual_system: the actors do not come to rest");
}

std::optional<caf::actor_clock::time_point> virtual_system::next_timer() {
  const auto& schedule = scheduler_->clock().schedule();
  if (schedule.empty())
    return std::nullopt;
  return schedule.begin()->first;
}

void virtual_system::advance(caf::timespan duration) {
  auto& clock = scheduler_->clock();
  auto end = clock.now() + duration;
  run();
  for (auto due = next_timer(); due && *due <= end; due = next_timer()) {
    clock.trigger_timeout();
    run();
  }
  clock.current_time = end;
}

bool virtual_system::run_until(const std::function<bool()>& done,
                               caf::timespan bound) {
  auto& clock = scheduler_->clock();
  auto end = clock.now() + bound;
  for (;;) {
    while (!done())
      if (!step())
        break;
    if (done())
      return true;
    auto due = next_timer();
    if (!due || *due > end) {
      clock.current_time = std::max(clock.now(), end);
      return false;
    }
    clock.trigger_timeout();
  }
}

} // namespace troupe::simulation
