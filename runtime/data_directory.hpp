#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <caf/expected.hpp>

#include "actors/protocol/ids.hpp"
#include "actors/storage/files.hpp"

namespace troupe {

/// The data directory of a node: held against other processes while this lives,
/// and proven to be of this node and of a format that this program knows. What
/// it is says its file `node.json`:
///
///     {"format": 1, "cluster_id": "<32 hex digits>", "node_id": 1,
///      "shards": 50}
class data_directory {
public:
  /// The format that this program writes, and the newest that it reads.
  static constexpr uint32_t format = 1;

  /// Locks the directory; an empty or missing one becomes that of `node_id`, in
  /// a new cluster `fresh_cluster_id`. Errors, each with what to do:
  /// `data_dir_locked`; `unsupported_version` of a newer format;
  /// `invalid_argument` for a directory with foreign files, of another node, or
  /// with another number of shards; `corrupt_log` when `node.json` cannot be
  /// read.
  static caf::expected<std::unique_ptr<data_directory>> open(
    storage::files_ptr disk, uint32_t node_id, uint32_t shards,
    const uuid& fresh_cluster_id);

  /// Writes `node.json`, durably: what makes a directory that of a node.
  static caf::error write_identity(storage::files& disk, const uuid& cluster_id,
                                   uint32_t node_id, uint32_t shards);

  /// The directory's own id, in its file `directory_id`: written durably as
  /// `fresh` when there is none. A cluster tells by it that a node came back
  /// without its data. Errors: `corrupt_log`.
  static caf::expected<uuid> own_id(storage::files& disk, const uuid& fresh);

  /// What `node.json` says.
  struct identity {
    uint32_t format = data_directory::format;
    uuid cluster_id;
    uint32_t node_id = 0;
    uint32_t shards = 0;
  };

  /// A recovery of the cluster goes on here until `end_recovery`: what is
  /// half done is not opened, but by another recovery.
  static caf::error begin_recovery(storage::files& disk);
  static caf::error end_recovery(storage::files& disk);
  static bool is_recovering(storage::files& disk);

  /// Errors as of `open`; `invalid_argument` when there is none.
  static caf::expected<identity> read_identity(storage::files& disk);

  /// Whether there is a node's directory at all.
  static bool is_there(storage::files& disk);

  const uuid& cluster_id() const noexcept {
    return cluster_id_;
  }

  /// It was empty before.
  bool is_new() const noexcept {
    return is_new_;
  }

private:
  data_directory(std::unique_ptr<storage::directory_lock> lock,
                 const uuid& cluster_id, bool is_new);

  std::unique_ptr<storage::directory_lock> lock_;
  uuid cluster_id_;
  bool is_new_;
};

} // namespace troupe
