#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/expected.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include "actors/protocol/clock.hpp"
#include "actors/protocol/interfaces.hpp"

namespace troupe::simulation {

/// An actor system in virtual time: nothing happens by itself, time passes only
/// when it is told to, and which actor runs next is drawn from a seed (seed 0:
/// in the order in which they became ready). Same seed, same run. The actors in
/// it are the product's own.
class virtual_system {
public:
  /// `is_one_of_many`: its actors can be told from those of other systems.
  explicit virtual_system(uint64_t seed = 0, bool is_one_of_many = false);

  /// Kills every actor that is left, then ends the system.
  ~virtual_system();

  virtual_system(const virtual_system&) = delete;
  virtual_system& operator=(const virtual_system&) = delete;

  caf::actor_system& system() noexcept {
    return *system_;
  }

  /// Spawns an actor that is killed, at the latest, when this system ends. What
  /// it spawns in turn must end with it.
  template <class F, class... Ts>
  auto spawn(F fun, Ts&&... xs) {
    return adopt(system_->spawn(fun, std::forward<Ts>(xs)...));
  }

  /// The same for an actor of this system that was spawned by others.
  template <class Handle>
  Handle adopt(Handle handle) {
    spawned_.emplace_back(caf::actor_cast<caf::actor_addr>(handle));
    return handle;
  }

  /// Turns the virtual clock into milliseconds since the epoch; it begins at
  /// 2026-01-01T00:00:00Z.
  epoch_offset epoch() const noexcept;

  /// The virtual clock.
  caf::actor_clock::time_point now();

  int64_t now_ms();

  /// The random numbers of this run.
  std::mt19937_64& random() noexcept {
    return random_;
  }

  static epoch_offset begin_epoch() noexcept;

  /// Makes it this late, without anything happening; never earlier.
  void set_time(caf::actor_clock::time_point x);

  /// Whether an actor has something to do now.
  bool is_ready() const noexcept {
    return !scheduler_->jobs.empty();
  }

  /// The due time of the next timer, if there is one.
  std::optional<caf::actor_clock::time_point> next_timer();

  /// Kills every actor that is left.
  void end_actors();

  /// Lets one ready actor handle one message; false when all are idle.
  bool step();

  /// Fires the next timer, if it is due by `end`; else, with an `end`, the time
  /// is `end` then. Whether one has fired.
  bool fire(std::optional<caf::actor_clock::time_point> end = std::nullopt);

  /// Steps until all actors are idle; time stands still. Fails loudly after
  /// `steps_max` steps: something goes round in circles.
  void run(size_t steps_max = 10'000'000);

  /// Lets `duration` pass: fires timers one after the other, each followed by
  /// `run`.
  void advance(caf::timespan duration);

  /// Runs, then fires the next timer, until `done` holds or `bound` has passed;
  /// returns whether `done` holds.
  bool run_until(const std::function<bool()>& done, caf::timespan bound);

  /// Sends a request and lets time pass until the answer is there; `timed_out`
  /// after `bound`.
  template <class Result, class Handle, class... Ts>
  caf::expected<Result> ask_within(caf::timespan bound, const Handle& whom,
                                   Ts&&... xs) {
    auto answer = std::make_shared<std::optional<caf::expected<Result>>>();
    auto asker = system_->spawn([&, answer](caf::event_based_actor* self) {
      self->request(whom, caf::infinite, std::forward<Ts>(xs)...)
        .then([answer](Result& x) { answer->emplace(std::move(x)); },
              [answer](caf::error& x) { answer->emplace(std::move(x)); });
    });
    if (!run_until([&] { return answer->has_value(); }, bound)) {
      caf::anon_send_exit(asker, caf::exit_reason::kill);
      return make_error(ec::timed_out, "no answer in virtual time");
    }
    return std::move(**answer);
  }

  /// Like `ask_within`, with a bound of a virtual minute.
  template <class Result, class Handle, class... Ts>
  caf::expected<Result> ask(const Handle& whom, Ts&&... xs) {
    return ask_within<Result>(std::chrono::minutes{1}, whom,
                              std::forward<Ts>(xs)...);
  }

private:
  caf::actor_system_config config_;
  std::optional<caf::actor_system> system_;
  caf::scheduler::test_coordinator* scheduler_ = nullptr;
  std::vector<caf::actor_addr> spawned_;
  std::mt19937_64 random_;
  bool in_order_;
};

} // namespace troupe::simulation
