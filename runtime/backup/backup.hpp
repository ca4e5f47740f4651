#pragma once

#include <functional>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "actors/protocol/backup_messages.hpp"
#include "runtime/backup/file_copy.hpp"

/// A backup on disk: `data/`, laid out like a data directory, and `manifest`.
namespace troupe::backup {

/// Gives the held logs from the nth on, some at a time; none: no more.
using held_logs =
  std::function<caf::expected<std::vector<log_snapshot>>(uint32_t)>;

/// Copies what a node holds from its data directory `source` to `target`, the
/// manifest last.
caf::expected<manifest> write(const backup_summary& held, const held_logs& next,
                              storage::files& source, storage::files& target,
                              const progress& done);

/// The manifest of the backup in `source`: `invalid_argument` when there is no
/// whole backup.
caf::expected<manifest> read_manifest(storage::files& source);

/// A file that is not what the manifest says.
struct fault {
  std::string path;
  std::string what;
};

/// Reads all files of a backup: what is wrong with it.
caf::expected<std::vector<fault>> verify(storage::files& source,
                                         const manifest& x,
                                         const progress& done);

} // namespace troupe::backup
