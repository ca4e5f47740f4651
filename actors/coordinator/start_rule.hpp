#pragma once

#include <cstdint>
#include <optional>

#include "actors/coordinator/group_record.hpp"
#include "actors/protocol/partition_messages.hpp"

/// Where a group starts in a partition: which questions must be put to the
/// partition, and what follows from its answer.
namespace troupe {

/// What is asked of a partition.
struct start_query {
  topic_partition id;
  offset_query offset;
  /// Also: where does this leader epoch end? -1: the present one.
  std::optional<int32_t> epoch;
};

/// What a partition answered.
struct start_answer {
  topic_partition id;
  /// False: no answer in time; the rest is empty.
  bool is_online = false;
  offset_answer offset;
  /// As in the query.
  std::optional<int32_t> epoch_asked;
  epoch_end epoch;
};

/// What the group knows of itself and the partition.
struct start_context {
  start_rule rule;
  bool is_stored = true;
  /// This is the batch that starts the group.
  bool is_first = false;
  /// The partition is younger than the group's start.
  bool is_created_later = false;
  int64_t now_ms = 0;
};

/// Where a partition goes on.
struct start_decision {
  /// None: cannot be known before the partition is online.
  std::optional<start_place> place;
  /// The position as it is to be stored now.
  position kept;
  bool is_kept_changed = false;
};

/// The questions from which `decide` can tell.
start_query query_of(const topic_partition& id, const position& held,
                     const start_context& context);

/// Applies the rules in their order: committed; stored start; created later;
/// the group's rule; then what happened to the log meanwhile.
start_decision decide(const position& held, const start_context& context,
                      const start_answer& answer);

/// The query that resolves `rule`, as of `now_ms`.
offset_query query_of(const start_rule& rule, int64_t now_ms);

/// The offset that `rule` means by `answer` to its query; an offset outside the
/// log is brought to its nearer end.
int64_t offset_of(const start_rule& rule, const offset_answer& answer);

} // namespace troupe
