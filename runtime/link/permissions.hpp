#pragma once

#include <optional>
#include <string>

#include <caf/error.hpp>
#include <caf/message.hpp>

#include "runtime/link/tls_context.hpp"
#include "runtime/link/tls_session.hpp"

/// Who may ask a node for what: by the role that a peer's certificate gives it.
namespace troupe::link {

/// What is asked, in the classes that roles differ in.
enum class operation {
  /// Topics, groups, positions, status: nothing changes. A preview of a change
  /// is that, too.
  look,
  /// Records, by whoever keeps its own position.
  fetch,
  produce,
  /// As a member of a group: join, commit, leave.
  consume,
  change_topics,
  delete_records,
  /// Pause, reset, delete.
  change_groups,
  change_cluster,
  backup,
  stop,
  /// What only nodes ask each other, their controllers and partitions.
  take_part,
};

/// In words: what somebody may or may not do.
const char* to_string(operation x);

/// What a message asks for; none: no clause of an interface is like it.
std::optional<operation> operation_of(const caf::message& x);

bool may(peer_role role, operation what);

/// The roles that may, least first: "OU=worker or OU=admin".
std::string who_may(operation what);

/// Why this message is not taken from such a peer; `none`: it is. What is no
/// request of any kind only nodes may send.
caf::error check_permission(peer_role role, const caf::message& x);

} // namespace troupe::link
