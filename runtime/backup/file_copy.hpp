#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "actors/storage/files.hpp"
#include "runtime/backup/manifest.hpp"

namespace troupe::backup {

/// Is told of every piece of work: how many bytes were read since it was told
/// last. It may wait, so that the disk is left to others; an error ends the
/// work.
using progress = std::function<caf::error(uint64_t bytes)>;

/// Reads `bytes` bytes of a file (-1: all of it), piece by piece, and gives
/// them to `take` if there is one; size and checksum of what was read. Fewer
/// bytes than wanted, or none of that name: `storage_failed`.
caf::expected<manifest::file> read_file(
  storage::files& source, const std::string& path, int64_t bytes,
  const progress& done,
  const std::function<caf::error(std::string_view)>& take = nullptr);

/// Copies so many bytes of a file to a new one, durably but for its name.
caf::expected<manifest::file> copy_file(storage::files& source,
                                        const std::string& from, int64_t bytes,
                                        storage::files& target,
                                        const std::string& to,
                                        const progress& done);

/// Writes a small file, durably but for its name.
caf::error write_file(storage::files& target, const std::string& path,
                      std::string_view content);

/// Makes durable the names of `files`, below the directory `below`, and of all
/// directories that they are in.
caf::error sync_names(storage::files& disk, const std::string& below,
                      const std::vector<manifest::file>& files);

/// `invalid_argument` unless the directory is empty or missing; `what_for` is
/// for the text.
caf::error check_empty(storage::files& target, std::string_view what_for);

} // namespace troupe::backup
