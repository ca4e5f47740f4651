#pragma once

#include <string>
#include <utility>

#include "actors/storage/files.hpp"
#include "runtime/descriptor_cache.hpp"

namespace troupe {

/// The disk of the machine, from a directory on. Its calls block; any thread
/// may make them, but one file has one owner (see `storage::file`).
class posix_files final : public storage::files {
public:
  enum class access {
    read_write,
    /// Nothing is changed, whatever is called: what would is `storage_failed`.
    read_only,
  };

  /// Touches nothing yet; the directory is made by the first
  /// `make_directory`. Of the files that are in use at most about `open_max`
  /// have a descriptor at the same time.
  explicit posix_files(std::string root, size_t open_max = open_files_max(),
                       access how = access::read_write);

  posix_files(std::string root, access how)
    : posix_files(std::move(root), open_files_max(), how) {}

  caf::expected<storage::file_ptr> open(const std::string& path) override;
  caf::expected<std::string> read_all(const std::string& path) override;
  caf::error replace(const std::string& path, std::string_view content,
                     bool durable) override;
  bool exists(const std::string& path) override;
  caf::expected<std::vector<std::string>> list(
    const std::string& directory) override;
  caf::error make_directory(const std::string& directory) override;
  caf::error sync_directory(const std::string& directory) override;
  caf::error rename(const std::string& from, const std::string& to) override;
  caf::error link(const std::string& from, const std::string& to) override;
  caf::error remove(const std::string& path) override;
  caf::expected<std::unique_ptr<storage::directory_lock>> lock() override;
  caf::expected<uint64_t> free_bytes() override;
  std::string location() const override;

private:
  std::string full(const std::string& path) const;

  /// Why `path` is not changed; none: it may be.
  caf::error check_writable(const std::string& path) const;

  std::string root_;
  descriptor_cache_ptr cache_;
  bool is_read_only_;
};

} // namespace troupe
