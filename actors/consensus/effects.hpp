#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "actors/consensus/entries.hpp"
#include "actors/consensus/messages.hpp"

namespace troupe::consensus {

/// Entries that replace what the disk has from index `first` on.
struct entries_written {
  uint64_t first = 0;
  std::vector<entry> entries;
};

struct committed_entry {
  uint64_t index = 0;
  entry content;
};

/// What an event leads to, to be carried out in this order.
struct effects {
  /// To be durable before anything below is begun.
  std::optional<vote> voted;
  /// To be written in this order; `written` or `installed` tells when each is
  /// durable. A snapshot replaces all entries and the snapshot before it.
  std::vector<std::variant<entries_written, snapshot>> writes;
  std::vector<envelope> messages;
  /// The state machine starts again from this.
  std::optional<snapshot> restored;
  /// Then applies these.
  std::vector<committed_entry> committed;
};

} // namespace troupe::consensus
