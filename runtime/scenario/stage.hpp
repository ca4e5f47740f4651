#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/expected.hpp>
#include <caf/send.hpp>

#include "actors/protocol/clock.hpp"
#include "actors/protocol/interfaces.hpp"
#include "actors/storage/files.hpp"

namespace troupe::scenario {

/// The answer to a request, once it has come. Set by any thread.
template <class Result>
class pending_answer {
public:
  void set(caf::expected<Result> x) {
    std::lock_guard guard{mutex_};
    if (!value_)
      value_.emplace(std::move(x));
  }

  bool is_set() const {
    std::lock_guard guard{mutex_};
    return value_.has_value();
  }

  /// Moves the answer out; `timed_out` when it has not come.
  caf::expected<Result> take() {
    std::lock_guard guard{mutex_};
    if (!value_)
      return make_error(ec::timed_out, "no answer in time");
    return std::move(*value_);
  }

private:
  mutable std::mutex mutex_;
  std::optional<caf::expected<Result>> value_;
};

/// Where a scenario plays: an actor system, its time and its disk. On the
/// virtual stage nothing happens by itself and time is free; on the real one
/// threads run, the clock is the machine's and the disk is a directory.
class stage {
public:
  virtual ~stage() = default;

  virtual caf::actor_system& system() = 0;

  virtual epoch_offset epoch() const = 0;

  /// Milliseconds since the epoch.
  virtual int64_t now_ms() = 0;

  /// Lets `duration` pass.
  virtual void advance(caf::timespan duration) = 0;

  /// Lets time pass until `done` holds, at most `bound`; whether it holds.
  virtual bool wait_until(const std::function<bool()>& done,
                          caf::timespan bound) = 0;

  virtual storage::files_ptr disk() = 0;

  virtual flusher_actor spawn_flusher() = 0;

  /// Loses what was not synced, as a power cut does. All actors have ended.
  virtual caf::error power_cut() = 0;

  virtual bool is_virtual() const noexcept = 0;

  /// Sends a request; the answer comes while time passes. The asker gives up
  /// after `bound`.
  template <class Result, class Handle, class... Ts>
  std::shared_ptr<pending_answer<Result>> request(caf::timespan bound,
                                                  const Handle& whom,
                                                  Ts... xs) {
    auto result = std::make_shared<pending_answer<Result>>();
    system().spawn([=](caf::event_based_actor* self) {
      self->request(whom, bound, xs...)
        .then([result](Result& x) { result->set(std::move(x)); },
              [result](caf::error& why) { result->set(std::move(why)); });
    });
    return result;
  }

  /// Sends a request and lets time pass until it is answered, at most `bound`.
  template <class Result, class Handle, class... Ts>
  caf::expected<Result> ask(caf::timespan bound, const Handle& whom, Ts... xs) {
    auto answer = request<Result>(bound, whom, std::move(xs)...);
    wait_until([&] { return answer->is_set(); }, bound);
    return answer->take();
  }
};

/// Virtual time, memory for a disk, whose syncs take `sync_time` each; which
/// actor runs next follows from `seed`.
std::unique_ptr<stage> make_virtual_stage(
  uint64_t seed, caf::timespan sync_time = caf::timespan{0});

/// Real time and threads, on the disk below `directory`.
std::unique_ptr<stage> make_real_stage(const std::string& directory);

} // namespace troupe::scenario
