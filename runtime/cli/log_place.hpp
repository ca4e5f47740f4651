#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/expected.hpp>

namespace troupe::cli {

/// What a path on the command line stands for: a data directory with all its
/// logs, one log, or one segment of it.
struct log_place {
  /// The data directory, or what stands in for it.
  std::string root;
  /// It is one: it has a `node.json`, and a lock.
  bool is_data_directory = false;
  /// Relative to it, ascending.
  std::vector<std::string> logs;
  /// A file in `logs[0]`; empty: all of them.
  std::string segment;
  /// Of all segments together.
  uint64_t bytes = 0;
};

/// Looks; changes nothing. `invalid_argument` when nothing of a log is there.
caf::expected<log_place> find_logs(const std::string& path);

} // namespace troupe::cli
