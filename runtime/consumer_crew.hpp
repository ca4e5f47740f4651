#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include "actors/consumer/handler.hpp"
#include "actors/protocol/clock.hpp"
#include "actors/protocol/interfaces.hpp"
#include "actors/protocol/serving_lease.hpp"
#include "config/settings.hpp"
#include "runtime/gather.hpp"

namespace troupe {

/// How consumers are made in this process.
struct consumer_origin {
  handler_registry handlers;
  epoch_offset epoch;
  /// Of a node of a cluster: this process, and its lease.
  uuid host = {};
  std::shared_ptr<const serving_lease> lease = {};
};

/// Fails when the handler is unknown or refuses its options. `seed` is unique
/// for each.
caf::expected<consumer_actor> spawn_consumer(caf::actor_system& system,
                                             const consumer_origin& origin,
                                             const consumer_settings& settings,
                                             const std::string& name, uuid seed,
                                             node_actor node);

/// A consumer that a process runs by its settings.
struct hosted_consumer {
  consumer_settings settings;
  std::string name;
  /// Null: it does not run, and `problem` says why.
  consumer_actor handle;
  uint32_t failures = 0;
  std::string problem;
  std::optional<caf::actor_clock::time_point> since;
};

/// The consumers that a process runs by its settings, be it a node or a worker.
/// Whoever owns it watches them, and says when they have ended.
class consumer_crew {
public:
  using spawner = std::function<caf::expected<consumer_actor>(
    const consumer_settings& settings, const std::string& name)>;

  /// Takes them on; none is started. `place`: tells those of one group apart
  /// that several processes run; may be empty.
  void take_on(const std::vector<consumers_spec>& specs,
               const std::string& place);

  /// What all of a group have in common, from their next start on.
  void set_rules(const std::string& group, const group_settings& rules);

  /// Starts one. An error stays its problem: it is not tried again.
  caf::expected<consumer_actor> start(size_t index, const spawner& spawn,
                                      caf::actor_clock::time_point now);

  /// It has ended: for how many times in a row, if it is to be started again.
  std::optional<uint32_t> ended(size_t index, const caf::error& reason,
                                caf::actor_clock::time_point now);

  /// Has all that run drain, commit and leave; `done` is told how many did not
  /// within `bound`. `Self` is an actor that asks.
  template <class Self>
  void stop(Self* self, caf::timespan bound,
            std::function<void(size_t cut_off)> done) const {
    auto all = running();
    gather<caf::ok_atom>(
      self, all, bound,
      [done = std::move(done),
       count = all.size()](const std::vector<caf::ok_atom>& stopped) {
        done(count - stopped.size());
      },
      stop_atom_v, false);
  }

  std::vector<consumer_actor> running() const;

  /// Those that do not run, in words.
  std::vector<std::string> problems() const;

  size_t size() const noexcept {
    return all_.size();
  }

  const hosted_consumer& at(size_t index) const {
    return all_.at(index);
  }

private:
  std::vector<hosted_consumer> all_;
};

} // namespace troupe
