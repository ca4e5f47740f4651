#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"
#include "actors/storage/log_impl.hpp"

namespace troupe::storage {

namespace {

/// Bytes appended between two writes of the checkpoint: what a start after a
/// crash has to scan at most, about.
constexpr uint64_t checkpoint_interval_bytes = 16 * mib;

/// Makes the names in a log's directory durable, as part of a sync job.
class directory_handle final : public file {
public:
  directory_handle(files_ptr disk, std::string path)
    : disk_(std::move(disk)), path_(std::move(path)) {}

  uint64_t size() const override {
    return 0;
  }

  caf::error append(const std::vector<std::string_view>&) override {
    return is_a_directory();
  }

  caf::expected<bytes> read(uint64_t, size_t) const override {
    return is_a_directory();
  }

  caf::error truncate(uint64_t) override {
    return is_a_directory();
  }

  caf::error sync() override {
    return disk_->sync_directory(path_);
  }

  const std::string& path() const override {
    return path_;
  }

private:
  caf::error is_a_directory() const {
    return make_error(ec::storage_failed, path_ + ": is a directory");
  }

  files_ptr disk_;
  std::string path_;
};

} // namespace

// -- state and checkpoint ----------------------------------------------------

caf::error log::impl::sync_ancestors() {
  if (ancestors_synced)
    return caf::none;
  for (auto path = directory; !path.empty();) {
    auto slash = path.rfind('/');
    path = slash == std::string::npos ? std::string{} : path.substr(0, slash);
    if (auto error = disk->sync_directory(path))
      return error;
  }
  ancestors_synced = true;
  return caf::none;
}

caf::error log::impl::write_state(bool clean) {
  log_state x;
  x.is_clean = clean;
  x.end = end;
  x.bytes = segments.empty() ? 0 : active().bytes();
  x.start = start;
  x.epochs = epochs.entries();
  if (auto error = disk->replace(path_of("state"), encode(x), true))
    return error;
  in_use = !clean;
  return sync_ancestors();
}

log_checkpoint log::impl::current_checkpoint() const {
  return {synced_end, checkpoint.compacted};
}

caf::error log::impl::write_checkpoint(bool durable) {
  checkpoint = current_checkpoint();
  if (auto error =
        disk->replace(path_of("checkpoint"), encode(checkpoint), durable))
    return error;
  bytes_since_checkpoint = 0;
  checkpoint_due = false;
  return caf::none;
}

caf::error log::impl::mark_suspect() {
  // After a failed sync the kernel may hold pages for clean that never reached
  // the disk: opened again by then, the log writes them anew. A new name needs
  // no room on a full disk, and need not be durable: a power cut takes those
  // pages, too.
  if (!disk->exists(path_of("state")))
    return caf::none;
  return disk->rename(path_of("state"), path_of("suspect"));
}

// -- log: sync ---------------------------------------------------------------

log::unsynced log::to_sync() const {
  auto& x = *impl_;
  unsynced result;
  result.up_to = x.end;
  result.written = x.written_end;
  for (auto i = x.segments.size(); i-- > 0 && x.end_of(i) > x.synced_end;) {
    // Unsynced bytes were written through an open file, and a failure to
    // write them out is told to that one only.
    const auto& file = x.segments[i]->opened();
    if (!file)
      throw std::logic_error("an unsynced segment was closed: "
                             + x.segments[i]->path());
    result.files.push_back(file);
  }
  std::reverse(result.files.begin(), result.files.end());
  if (!result.files.empty() && x.unsynced_name >= 0)
    result.files.push_back(
      std::make_shared<directory_handle>(x.disk, x.directory));
  return result;
}

void log::synced(int64_t up_to) {
  auto& x = *impl_;
  x.synced_end = std::max(x.synced_end, std::min(up_to, x.end));
  if (x.unsynced_name >= 0 && up_to > x.unsynced_name)
    x.unsynced_name = -1;
  if (x.checkpoint_due || x.bytes_since_checkpoint >= checkpoint_interval_bytes)
    // Not written, it stays due; the one before it is true, only older.
    if (x.write_checkpoint(false))
      x.checkpoint_due = true;
}

void log::sync_failed() {
  auto& x = *impl_;
  if (x.failure)
    return;
  auto marked = x.mark_suspect();
  x.failure = make_error(
    ec::storage_failed,
    fmt::format("{}/{}: a sync failed; what was appended since offset {} may "
                "not be on the disk. The log takes appends again when it is "
                "opened anew",
                x.disk->location(), x.directory, x.synced_end)
      + (marked ? "; " + what(marked) : std::string{}));
}

caf::error log::close() {
  auto& x = *impl_;
  if (x.is_closed)
    return caf::none;
  x.is_closed = true;
  x.running.reset();
  // Neither used since it was opened, nor changed by recovery.
  if (!x.in_use)
    return caf::none;
  if (x.failure)
    return x.failure;
  auto job = to_sync();
  if (auto error = sync_all(job.files)) {
    sync_failed();
    return error;
  }
  synced(job.up_to);
  // A clean stop leaves no index to be made anew; without room it may.
  if (auto error = x.active().save_index())
    if (code_of(error) != ec::storage_full)
      return error;
  if (auto error = x.write_checkpoint(false))
    if (code_of(error) != ec::storage_full)
      return error;
  return x.write_state(true);
}

} // namespace troupe::storage
