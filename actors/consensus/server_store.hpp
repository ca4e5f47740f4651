#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "actors/consensus/effects.hpp"
#include "actors/consensus/entries.hpp"
#include "actors/storage/files.hpp"
#include "actors/storage/log.hpp"

namespace troupe::consensus {

/// What a server keeps on its disk, in a directory of its own: its vote, its
/// snapshot, and the entries in a log. Format: FORMAT.md.
///
/// After a failure, a full disk included, nothing more may be written through
/// this object: it has to be opened again, as does the server.
class server_store {
public:
  /// Opens it, or makes it. All that `stored` says then is durable, whatever
  /// the process did that wrote it.
  static caf::expected<std::unique_ptr<server_store>> open(
    storage::files_ptr disk, std::string directory, int64_t now_ms);

  /// What was there when it was opened.
  const stored_state& stored() const noexcept {
    return stored_;
  }

  /// Nothing was agreed by this server yet: `server::first_state` can still be
  /// put here.
  bool is_new() const noexcept;

  /// Durable when it returns.
  caf::error save(const vote& x);

  /// Puts entries where they belong, in place of what is there from the first
  /// one's index on. Durable once `to_sync` is synced.
  caf::error append(const entries_written& x, int64_t now_ms);

  /// Puts a snapshot in place of the one before, and `entries`, of which the
  /// first has index `first`, in place of all entries. Durable when it returns;
  /// after a crash all is there, or all from before.
  caf::error replace(const snapshot& base, uint64_t first,
                     const std::vector<entry>& entries, int64_t now_ms);

  /// The files that hold what `append` wrote since the last sync, as
  /// `storage::log` has it.
  storage::log::unsynced to_sync() const;
  void synced(int64_t up_to);
  void sync_failed();

private:
  server_store(storage::files_ptr disk, std::string directory);

  caf::error load(int64_t now_ms);
  caf::error load_vote();
  caf::error load_snapshot();
  /// Makes a small file that was read durable.
  caf::error keep(const std::string& path, const std::string& text);
  caf::error load_entries();
  caf::error remove_other_logs();
  caf::expected<std::unique_ptr<storage::log>> open_log(uint64_t generation,
                                                        int64_t now_ms) const;
  std::string log_directory(uint64_t generation) const;

  storage::files_ptr disk_;
  std::string directory_;
  std::unique_ptr<storage::log> log_;
  /// Which of the logs counts, and the index of its first entry.
  uint64_t generation_ = 0;
  uint64_t first_ = 1;
  stored_state stored_;
};

} // namespace troupe::consensus
