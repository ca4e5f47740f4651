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
#include "config/scenario.hpp"

namespace troupe::simulation {

class virtual_cluster;

} // namespace troupe::simulation

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

/// Where a scenario plays: actor systems and their time. On a virtual stage
/// nothing happens by itself and time is free; on the real one threads run and
/// the clock is the machine's.
class stage {
public:
  virtual ~stage() = default;

  /// The process that actors with this node id live in; null: it has ended.
  virtual caf::actor_system* system_of(const caf::node_id& node) = 0;

  virtual epoch_offset epoch() const = 0;

  /// Milliseconds since the epoch.
  virtual int64_t now_ms() = 0;

  /// Lets `duration` pass.
  virtual void advance(caf::timespan duration) = 0;

  /// Lets time pass until `done` holds, at most `bound`; whether it holds.
  virtual bool wait_until(const std::function<bool()>& done,
                          caf::timespan bound) = 0;

  virtual bool is_virtual() const noexcept = 0;

  /// Sends a request from within whom's process; the answer comes while time
  /// passes. The asker gives up after `bound`.
  template <class Result, class Handle, class... Ts>
  std::shared_ptr<pending_answer<Result>> request(caf::timespan bound,
                                                  const Handle& whom,
                                                  Ts... xs) {
    auto result = std::make_shared<pending_answer<Result>>();
    auto* from = system_of(whom->node());
    if (from == nullptr) {
      result->set(make_error(ec::not_available, "its process has ended"));
      return result;
    }
    from->spawn([=](caf::event_based_actor* self) {
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

/// A stage for a single node: one process and its disk.
class machine : public stage {
public:
  virtual caf::actor_system& system() = 0;

  virtual storage::files_ptr disk() = 0;

  virtual flusher_actor spawn_flusher() = 0;

  /// Loses what was not synced, as a power cut does. All actors have ended.
  virtual caf::error power_cut() = 0;

  caf::actor_system* system_of(const caf::node_id&) override {
    return &system();
  }
};

/// A stage for the nodes of a cluster, each a process with a disk of its own.
class machine_room : public stage {
public:
  virtual simulation::virtual_cluster& nodes() = 0;
};

/// Virtual time, memory for a disk, whose syncs take `sync_time` each; which
/// actor runs next follows from `seed`.
std::unique_ptr<stage> make_virtual_stage(
  uint64_t seed, caf::timespan sync_time = caf::timespan{0});

/// The same for as many nodes as a scenario has; all that is left to chance
/// follows from its seed.
std::unique_ptr<stage> make_virtual_stage(const script& play);

/// Real time and threads, on the disk below `directory`; a single node.
std::unique_ptr<stage> make_real_stage(const std::string& directory);

} // namespace troupe::scenario
