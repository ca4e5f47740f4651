#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include "actors/consumer/handler.hpp"
#include "runtime/load/load.hpp"

namespace troupe {

/// Where the actors of one load leave what they have done. Each thread writes
/// numbers of its own; whoever started the load reads them now and then.
class load_run {
public:
  struct alignas(64) counter {
    std::atomic<uint64_t> records = 0;
    /// Written by one actor; read when that one is done.
    precise_histogram latency;
  };

  load_run(size_t producers, size_t consumers)
    : acknowledged(producers), handled(consumers) {}

  /// The sum of some counters.
  static uint64_t sum(const std::vector<counter>& xs);

  /// All their latencies.
  static precise_histogram merged(const std::vector<counter>& xs);

  /// The first failure stays.
  void fail(caf::error why);

  caf::error failure() const;

  /// Looks every millisecond whether `xs` have come to `records`; fails with
  /// the first failure, and when nothing happens for `plan.patience`.
  caf::error wait(const std::vector<counter>& xs, uint64_t records,
                  const load_plan& plan, const load_progress& progress) const;

  std::vector<counter> acknowledged;
  std::vector<counter> handled;

private:
  mutable std::mutex mutex_;
  caf::error failure_;
};

using load_run_ptr = std::shared_ptr<load_run>;

/// Producers that post `records` in all as fast as they are answered, a share
/// each; they stop when they are done.
std::vector<producer_actor> spawn_posters(caf::actor_system& system,
                                          const node_actor& node,
                                          const load_plan& plan,
                                          const load_run_ptr& run);

/// What handles the records of consumer `index` for `run`.
handler counting_handler(const load_run_ptr& run, size_t index, bool is_actor);

/// A consumer of the plan's topic in the plan's group.
consumer_actor spawn_reader(caf::actor_system& system, const node_actor& node,
                            const load_plan& plan, size_t index,
                            handler handles);

/// Stops consumers: they drain, commit and leave.
caf::error stop_readers(caf::actor_system& system,
                        const std::vector<consumer_actor>& readers);

/// Waits until `readers` own all partitions of the topic.
caf::error wait_for_ownership(caf::actor_system& system, const node_actor& node,
                              const load_plan& plan,
                              const std::vector<consumer_actor>& readers);

/// A buffer of `count` values of `size` bytes, each beginning with the time of
/// now where it has room for it.
bytes stamped_values(size_t count, size_t size);

/// When a value was stamped; 0: never.
std::chrono::nanoseconds stamp_of(const bytes& value);

/// The time that stamps have.
std::chrono::nanoseconds stamp_now();

} // namespace troupe
