#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <caf/timespan.hpp>

#include "actors/consumer/parked_keys.hpp"
#include "actors/protocol/interfaces.hpp"
#include "actors/protocol/retry.hpp"

namespace troupe {

/// A log of parked records, which a consumer reads while it holds a partition
/// of the topic that they are of.
struct parked_log {
  /// Of the log itself.
  std::string topic;
  parked_keys keys;
  backoff wait;
  /// Whose keys these are; of nil: of none yet.
  topic_partition id{};
  /// It is to be looked for by its name.
  bool is_lost = true;
  /// Who serves it; null: to be located.
  partition_actor log{};
  int32_t leader_epoch = -1;
  /// Of the record before the next one, -1: unknown.
  int32_t last_epoch = -1;
  /// The request whose answer is expected, 0: none.
  uint64_t question = 0;
  /// No request before this time.
  caf::timespan ask_at{0};
  /// Where it ended when it was asked, after the newest partition came; none:
  /// it was not.
  std::optional<int64_t> target{};
  /// Partitions that are held.
  uint32_t holdings = 0;
};

} // namespace troupe
