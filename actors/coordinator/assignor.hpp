#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "actors/protocol/ids.hpp"

namespace troupe {

/// A member that partitions are dealt to.
struct assignor_member {
  uuid id;
  std::string name;
  /// The existing topics that it subscribes to.
  std::vector<topic_id> topics;
};

/// A topic that some member subscribes to.
struct assignor_topic {
  topic_id id;
  std::string name;
  int32_t partitions = 0;
};

/// Who is to own what.
using assignment_map = std::map<uuid, std::vector<topic_partition>>;

struct assignor_input {
  /// Ascending by name, then id.
  std::vector<assignor_member> members;
  /// Ascending by name.
  std::vector<assignor_topic> topics;
  /// The last target, also of members that are gone.
  assignment_map previous;
};

/// Computes a target; the same input must give the same target. Each partition
/// goes to at most one member, which subscribes to its topic.
using assignor = std::function<assignment_map(const assignor_input&)>;

/// The assignors of a node by name.
class assignor_registry {
public:
  /// With those that ship: `uniform` and `range`.
  assignor_registry();

  /// Registers one of the user's own, or replaces one.
  void add(std::string name, assignor fun);

  bool contains(const std::string& name) const;

  /// Ascending.
  std::vector<std::string> names() const;

  /// Runs the assignor `name` and checks what it returns. Fails with
  /// `invalid_argument` when there is none of that name, when it throws, or
  /// when it deals a partition twice, to a stranger, or to a member that does
  /// not subscribe to the topic.
  caf::expected<assignment_map> assign(const std::string& name,
                                       const assignor_input& input) const;

private:
  std::map<std::string, assignor> assignors_;
};

using assignor_registry_ptr = std::shared_ptr<const assignor_registry>;

/// Each topic in runs of neighbours: of n members the first ones get one more.
/// Partitions of the same number stay together over topics of the same size.
/// Source: Kafka's RangeAssignor.
assignment_map assign_range(const assignor_input& input);

/// As even as the subscriptions allow, and where all members subscribe to the
/// same, even within one; then as few moves as possible. Source: optimal
/// semi-matchings by cost-reducing paths (Harvey, Ladner, Lovasz, Tamir 2003).
assignment_map assign_uniform(const assignor_input& input);

} // namespace troupe
