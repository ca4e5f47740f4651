#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/coordinator/assignor.hpp"
#include "actors/coordinator/group_table.hpp"

namespace troupe {

/// Moves listed in one event; of what is beyond only the number is told.
inline constexpr size_t timeline_moves_max = 500;

/// What only a living coordinator knows of partitions between two owners, and
/// the events that it makes of them. Changes of events come out as values: the
/// group applies them.
class timeline {
public:
  /// Takes up the moves that were not complete when the group was loaded.
  void load(const group_table& table);

  /// A partition was given up, or taken from an owner who is gone.
  void released(const topic_partition& id, const std::string& owner,
                int64_t now_ms);

  /// A member told up to where it has handed out records; -1: nothing yet.
  void handed(const topic_partition& id, int64_t next);

  /// The event of a change from the owners in `table` to `target`.
  timeline_event change(const group_table& table, const assignment_map& target,
                        const std::function<std::string(const topic_id&)>& name,
                        std::string cause, int64_t now_ms) const;

  /// Remembers an event as the one that its moves complete.
  void opened(const timeline_event& event);

  /// A partition was given to a member: completes its move. Returns the number
  /// of the event and the move as it is now; none: no event waits for it.
  struct completion {
    int64_t event = 0;
    int64_t without_owner_ms = 0;
    int64_t repeated = 0;
  };
  std::optional<completion> given(const topic_partition& id, int64_t offset,
                                  int64_t event_ms, int64_t now_ms);

  /// The event whose move of this partition is not complete.
  std::optional<int64_t> waiting_event(const topic_partition& id) const;

  /// Forgets a partition that is no more.
  void forget(const topic_partition& id);

  /// Forgets all.
  void clear();

private:
  struct last_owner {
    std::string name;
    int64_t time_ms = 0;
    /// An event has listed it already.
    bool is_told = false;
  };

  std::map<topic_partition, last_owner> released_;
  std::map<topic_partition, int64_t> handed_;
  std::map<topic_partition, int64_t> open_;
};

} // namespace troupe
