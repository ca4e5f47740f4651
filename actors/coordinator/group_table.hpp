#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "actors/coordinator/group_record.hpp"

namespace troupe {

/// A member as the group knows it.
struct group_member {
  member_info info;
  /// Ascending.
  std::vector<topic_partition> target;
  current_assignment current;
};

/// By their numbers.
using event_map = std::map<int64_t, timeline_event>;

/// The durable state of a group. Nothing but `apply` changes it, live as well
/// as when it is loaded (invariant I7).
class group_table {
public:
  /// Takes over one change. Throws `std::logic_error` when a partition would
  /// have two owners (invariant I1).
  void apply(const group_record& x);

  /// None: there is no such group.
  const std::optional<group_header>& header() const noexcept {
    return header_;
  }

  const std::map<uuid, group_member>& members() const noexcept {
    return members_;
  }

  const std::map<topic_partition, position>& positions() const noexcept {
    return positions_;
  }

  const event_map& events() const noexcept {
    return events_;
  }

  /// Null when there is none.
  const group_member* member(const uuid& id) const;

  /// The position, or that of a partition never seen.
  position position_of(const topic_partition& id) const;

  /// Who owns a partition now.
  std::optional<uuid> owner_of(const topic_partition& id) const;

  /// Who is to own a partition.
  std::optional<uuid> target_of(const topic_partition& id) const;

  /// All records that make this state, ascending by key within their kind.
  std::vector<group_record> records() const;

private:
  using index = std::unordered_map<topic_partition, uuid>;

  void on(const header_changed& x);
  void on(const header_removed& x);
  void on(const member_changed& x);
  void on(const target_changed& x);
  void on(const current_changed& x);
  void on(const member_removed& x);
  void on(const position_changed& x);
  void on(const position_removed& x);
  void on(const event_changed& x);
  void on(const event_removed& x);
  void forget_target(const uuid& id, const group_member& x);
  void forget_owned(const group_member& x);

  std::optional<group_header> header_;
  std::map<uuid, group_member> members_;
  std::map<topic_partition, position> positions_;
  event_map events_;
  // Both follow from `members_`.
  index owners_;
  index targets_;
};

} // namespace troupe
