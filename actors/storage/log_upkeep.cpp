#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"
#include "actors/storage/log_impl.hpp"

namespace troupe::storage {

// -- parts -------------------------------------------------------------------

caf::expected<bool> log::impl::is_expendable(size_t position,
                                             uint64_t bytes_left,
                                             int64_t now_ms) {
  auto& x = *segments[position];
  if (config.retention_bytes > 0
      && bytes_left - x.bytes() >= config.retention_bytes)
    return true;
  if (config.retention_time.count() == 0)
    return false;
  auto about = x.about();
  if (!about)
    return about.error();
  return about->max_timestamp_ms < now_ms - config.retention_time.count();
}

caf::error log::impl::move_start(int64_t offset) {
  auto before = start;
  start = offset;
  epochs.forget_before(start);
  // The new start is durable before a file goes: whatever files a crash brings
  // back lie below it.
  if (auto error = write_state(!in_use)) {
    start = before;
    return error;
  }
  return remove_below_start();
}

caf::error log::impl::remove_below_start() {
  while (segments.size() > 1 && segments[1]->base() <= start) {
    auto oldest = segments.front();
    std::erase(warm, oldest);
    segments.erase(segments.begin());
    if (auto error = oldest->remove())
      return error;
  }
  running.reset();
  return caf::none;
}

caf::error log::impl::cut(int64_t offset) {
  auto position = position_of(offset);
  auto place = segments[position]->locate(offset);
  if (!place)
    return place.error();
  auto new_end = std::max(place->base_offset, segments[position]->base());
  // First the promise is taken back, then the bytes.
  checkpoint.compacted = std::min(checkpoint.compacted, new_end);
  synced_end = std::min(synced_end, new_end);
  if (auto error = write_checkpoint(true))
    return error;
  while (segments.size() > position + 1) {
    std::erase(warm, segments.back());
    if (auto error = segments.back()->remove())
      return error;
    segments.pop_back();
    // One after the other, so that no crash leaves a hole.
    if (auto error = disk->sync_directory(directory))
      return error;
  }
  std::erase(warm, segments.back());
  if (segments.back()->name().is_compacted())
    // It no longer ends where its name says.
    if (auto error =
          segments.back()->rename({segments.back()->base(), new_end}))
      return error;
  if (auto error = segments.back()->cut(place->position))
    return error;
  end = new_end;
  written_end = std::make_shared<std::atomic<int64_t>>(end);
  unsynced_name = -1;
  epochs.cut(end);
  start = std::min(start, end);
  if (auto error = write_state(false))
    return error;
  synced_end = end;
  return caf::none;
}

caf::error log::impl::restart(int64_t offset, int64_t now_ms) {
  // First the promises are taken back, then the new start is durable: segments
  // below it that a crash leaves go when the log is opened.
  checkpoint.compacted = 0;
  synced_end = 0;
  if (auto error = write_checkpoint(true))
    return error;
  start = offset;
  if (auto error = write_state(false))
    return error;
  warm.clear();
  while (!segments.empty()) {
    if (auto error = segments.back()->remove())
      return error;
    segments.pop_back();
  }
  // None of them comes back: neither under the new epochs nor under the new
  // segment's name.
  if (auto error = disk->sync_directory(directory))
    return error;
  end = offset;
  epochs = leader_epochs{};
  if (auto error = add_segment(now_ms))
    return error;
  if (auto error = write_state(false))
    return error;
  if (auto error = disk->sync_directory(directory))
    return error;
  unsynced_name = -1;
  synced_end = end;
  bytes_since_checkpoint = 0;
  return caf::none;
}

size_t log::impl::compactable() const {
  size_t result = 0;
  // An unsynced record must not replace one that is on the disk.
  while (result + 1 < segments.size()
         && segments[result + 1]->base() <= synced_end)
    ++result;
  return result;
}

caf::expected<bool> log::impl::needs_compaction(int64_t now_ms) {
  uint64_t clean = 0;
  uint64_t dirty = 0;
  for (size_t i = 0; i < compactable(); ++i) {
    if (end_of(i) > checkpoint.compacted) {
      dirty += segments[i]->bytes();
      continue;
    }
    clean += segments[i]->bytes();
    auto about = segments[i]->about();
    if (!about)
      return about.error();
    if (about->delete_horizon_ms <= now_ms)
      return true;
  }
  // A pass writes all anew: it waits until there is enough to gain.
  return dirty > 0 && dirty * 2 >= clean;
}

caf::error log::impl::adopt(const compaction::replacement& x) {
  if (x.written_to.empty())
    return caf::none;
  auto first = position_of(x.first);
  segment_name name = x.name;
  auto made = std::make_shared<segment>(
    disk, directory, name, x.index.about().bytes, config.index_interval_bytes);
  // An index of the same name is of what is replaced.
  if (auto error = disk->remove(made->index_path()))
    return error;
  if (auto error = disk->rename(x.written_to, made->path()))
    return error;
  if (auto error = disk->sync_directory(directory))
    return error;
  made->set_index(x.index);
  auto begin = segments.begin() + static_cast<ptrdiff_t>(first);
  auto end_of_old = begin + static_cast<ptrdiff_t>(x.count);
  std::vector<segment_ptr> replaced{begin, end_of_old};
  *begin = made;
  segments.erase(begin + 1, end_of_old);
  for (const auto& old : replaced) {
    std::erase(warm, old);
    if (old->name() != name)
      if (auto error = old->remove())
        return error;
  }
  auto saved = made->save_index();
  made->cool();
  return saved && code_of(saved) != ec::storage_full ? saved : caf::none;
}

// -- log ---------------------------------------------------------------------

caf::expected<int64_t> log::retain(int64_t now_ms, int64_t up_to) {
  auto& x = *impl_;
  if (auto error = x.check_usable())
    return error;
  if (x.segments.empty() || x.config.cleanup != cleanup_policy::remove)
    return 0;
  // A log that takes no more appends still lets go of its last records.
  if (x.in_use) {
    auto full = x.is_full(0, now_ms);
    if (!full)
      return full.error();
    if (*full)
      if (auto error = x.roll(now_ms))
        return error;
  }
  size_t count = 0;
  for (auto left = size_bytes(); count + 1 < x.segments.size(); ++count) {
    auto expendable = x.is_expendable(count, left, now_ms);
    if (!expendable)
      return expendable.error();
    if (!*expendable || x.end_of(count) > up_to)
      break;
    left -= x.segments[count]->bytes();
  }
  if (count == 0)
    return 0;
  auto before = x.start;
  if (auto error = x.move_start(x.segments[count]->base()))
    return error;
  return x.start - before;
}

caf::error log::delete_before(int64_t offset) {
  auto& x = *impl_;
  if (auto error = x.check_usable())
    return error;
  if (offset > x.end)
    return make_error(ec::offset_out_of_range,
                      fmt::format("cannot delete before offset {}: the log "
                                  "ends at {}",
                                  offset, x.end));
  if (offset <= x.start)
    return caf::none;
  return x.move_start(offset);
}

caf::expected<bool> log::compact(int64_t now_ms, size_t bytes_max) {
  auto& x = *impl_;
  if (auto error = x.check_usable())
    return error;
  if (x.config.cleanup != cleanup_policy::compact) {
    x.running.reset();
    return false;
  }
  if (!x.running) {
    auto needed = x.needs_compaction(now_ms);
    if (!needed)
      return needed.error();
    if (!*needed)
      return false;
    std::vector<compaction::source> sources;
    for (size_t i = 0; i < x.compactable(); ++i)
      sources.push_back({x.segments[i], x.end_of(i)});
    x.running.emplace(x.disk, x.directory, std::move(sources),
                      x.checkpoint.compacted, x.config, now_ms);
  }
  auto replacement = x.running->step(bytes_max);
  if (!replacement) {
    x.running.reset();
    return replacement.error();
  }
  if (*replacement)
    if (auto error = x.adopt(**replacement)) {
      x.running.reset();
      // Files and what is known of them may differ now.
      x.failure = error;
      return error;
    }
  if (!x.running->is_done())
    return true;
  x.checkpoint.compacted = x.running->end();
  x.running.reset();
  // Not written, it stays due; without it the next pass does this one's work.
  if (x.write_checkpoint(false))
    x.checkpoint_due = true;
  return false;
}

caf::error log::truncate(int64_t offset) {
  auto& x = *impl_;
  if (auto error = x.check_usable())
    return error;
  if (offset < x.start)
    return make_error(ec::offset_out_of_range,
                      fmt::format("cannot cut at offset {}: the log begins at "
                                  "{}",
                                  offset, x.start));
  if (offset >= x.end)
    return caf::none;
  x.running.reset();
  if (auto error = x.write_state(false))
    return error;
  // What stays counts as synced afterwards.
  if (auto error = sync_all(to_sync().files)) {
    sync_failed();
    return error;
  }
  auto error = x.cut(offset);
  if (error)
    x.failure = error;
  return error;
}

caf::error log::restart(int64_t offset, int64_t now_ms) {
  auto& x = *impl_;
  if (auto error = x.check_usable())
    return error;
  x.running.reset();
  auto error = x.restart(offset, now_ms);
  if (error)
    x.failure = error;
  return error;
}

} // namespace troupe::storage
