#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include "actors/protocol/interfaces.hpp"
#include "config/settings.hpp"
#include "runtime/load/precise_histogram.hpp"

/// Puts load on a node, in this process or another one, and measures what
/// comes of it: what `troupe bench` and `./dev bench` are made of.
namespace troupe {

struct load_plan {
  /// An existing topic.
  std::string topic;
  uint64_t records = 1'000'000;
  /// Bytes of each record's value; there are no keys.
  uint32_t record_bytes = 100;
  enum acks acks = acks::all;
  uint32_t producers = 1;
  uint32_t consumers = 1;
  /// Records in one post, and posts of a producer that wait for an answer.
  uint32_t records_at_once = 500;
  uint32_t posts_open_max = 16;
  /// The consumers' group; it starts where it committed, else at the first
  /// record.
  std::string group;
  /// Each consumer is a group of its own, `group` its name's beginning.
  bool has_group_each = false;
  /// Handlers are actors, not functions.
  bool has_actor_handlers = false;
  /// Gives up when nothing at all has happened for this long.
  std::chrono::seconds patience{60};
};

struct load_result {
  uint64_t records = 0;
  double seconds = 0;
  /// User and system time of this process meanwhile.
  double cpu_seconds = 0;
  /// When producing: from a post to its answer, which is the acknowledgement of
  /// its last record. When consuming what is being produced: from a post to
  /// the handler, of every 16th record. Else there are none.
  precise_histogram latency;

  double records_per_second() const noexcept {
    return seconds > 0 ? static_cast<double>(records) / seconds : 0;
  }
};

/// Is told now and then how many records are done; false ends the load with
/// `shutting_down`.
using load_progress = std::function<bool(uint64_t)>;

/// Posts `plan.records` records; ends when all are acknowledged.
caf::expected<load_result> run_producers(caf::actor_system& system,
                                         const node_actor& node,
                                         const load_plan& plan,
                                         const load_progress& progress = {});

/// Reads `plan.records` records that are in the topic; the time runs from the
/// first one that is handled.
caf::expected<load_result> run_consumers(caf::actor_system& system,
                                         const node_actor& node,
                                         const load_plan& plan,
                                         const load_progress& progress = {});

/// Both at once: consumers that own all partitions, then `plan.records`
/// records posted; ends when all are handled.
caf::expected<load_result> run_flow(caf::actor_system& system,
                                    const node_actor& node,
                                    const load_plan& plan,
                                    const load_progress& progress = {});

/// How long a record takes that has the node for itself.
struct unloaded_latency {
  precise_histogram to_ack;
  precise_histogram to_handler;
};

/// Posts `plan.records` records, each `pause` after the last one was
/// acknowledged and handled.
caf::expected<unloaded_latency> run_unloaded(caf::actor_system& system,
                                             const node_actor& node,
                                             const load_plan& plan,
                                             std::chrono::microseconds pause);

} // namespace troupe
