#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "actors/storage/files.hpp"
#include "runtime/simulation/disk_faults.hpp"

namespace troupe::simulation {

/// A disk in memory that forgets on a crash what POSIX allows a disk to forget:
/// bytes written but not synced, names created, renamed or removed in a
/// directory that was not synced; and that fails as it is told. For one thread.
class memory_files : public storage::files {
public:
  memory_files();
  ~memory_files() override;

  // -- faults --------------------------------------------------------------

  /// A power cut: everything is as it was last synced, nothing more. Open
  /// files and locks from before are dead: using them is `storage_failed`.
  void crash();

  /// A power cut during which, as chance has it, some of the unsynced made it:
  /// of each file a prefix, of the names each for itself.
  void crash(std::mt19937_64& random);

  /// A power cut that treats the unsynced as `how` says.
  void crash(const power_cut& how, std::mt19937_64& random);

  /// The process ends, the machine does not: nothing is lost, open files and
  /// locks are dead.
  void kill();

  /// While set, syncing fails. As on Linux, a file's bytes that were to be
  /// synced count as written from then on: no later sync makes them durable.
  void fail_syncs(bool value);

  /// While set, appending fails with `storage_failed` half way through.
  void fail_appends(bool value);

  /// Bytes of all files together; appending more is `storage_full`, after as
  /// much as fits was written. No bound at first.
  void set_capacity(uint64_t bytes);

  /// After `count` further changes (append, sync, truncate, rename...) every
  /// call fails until the next crash: for a crash at each step of something.
  void stop_after(uint64_t count);

  /// Adds a fault to come.
  void plan(planned_fault x);

  /// Faults by chance from now on, in place of what was set before.
  void faults_by_chance(const fault_rates& rates, uint64_t seed);

  /// No more faults, planned or by chance, no failing syncs and appends, no
  /// bound on the bytes: the disk was repaired. The counts stay.
  void end_faults();

  /// What was done up to now.
  const fault_counts& faults() const noexcept;

  /// How much longer the next sync of `path` takes than the disk's usual time.
  caf::timespan extra_sync_time(const std::string& path);

  /// Called with its path before each change is made, as `stop_after` counts
  /// them: a test may take a `copy` there. Null: no more.
  void before_change(std::function<void(const std::string&)> call);

  /// The disk as it is now, as another one: files, names, what of them is
  /// durable; no faults, no locks, no open files.
  std::shared_ptr<memory_files> copy() const;

  // -- a look inside -------------------------------------------------------

  /// The content of a file, now; empty when it is missing.
  std::string content(const std::string& path) const;

  /// Overwrites a file's content, synced and not: damage.
  void set_content(const std::string& path, std::string content);

  /// Bytes of all files together.
  uint64_t used_bytes() const;

  /// Calls of `sync`, `sync_directory` and durable `replace` up to now.
  uint64_t sync_count() const noexcept;

  // -- files ---------------------------------------------------------------

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
  struct disk;
  std::shared_ptr<disk> disk_;
};

} // namespace troupe::simulation
