#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"
#include "actors/storage/log_impl.hpp"

namespace troupe::storage {

namespace {

using status = batch_walker::status;

constexpr size_t scan_chunk_bytes = 1u << 20;

bool has(const std::vector<std::string>& xs, std::string_view x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

} // namespace

caf::error log::impl::open(int64_t now_ms) {
  if (auto error = disk->make_directory(directory))
    return error;
  auto names = disk->list(directory);
  if (!names)
    return names.error();
  // A log that never took an append has no files.
  if (names->empty())
    return caf::none;
  auto last = read_state(*names);
  if (!last)
    return last.error();
  read_checkpoint(*names);
  if (*last) {
    has_state = true;
    epochs = leader_epochs{(*last)->epochs};
    start = (*last)->start;
  }
  if (auto error = find_segments(*names))
    return error;
  if (*last && (*last)->is_clean && matches(**last)) {
    end = (*last)->end;
    ancestors_synced = true;
  } else if (auto error = recover(*last, now_ms)) {
    return error;
  }
  synced_end = end;
  *written_end = end;
  if (!segments.empty())
    start = std::max(start, segments.front()->base());
  start = std::min(start, end);
  return caf::none;
}

caf::expected<std::optional<log_state>> log::impl::read_state(
  const std::vector<std::string>& names) {
  using result = std::optional<log_state>;
  if (!has(names, "state") && !has(names, "suspect"))
    return result{};
  auto path = path_of(has(names, "state") ? "state" : "suspect");
  auto content = disk->read_all(path);
  if (!content)
    return content.error();
  auto x = decode_state(*content, disk->location() + "/" + path);
  if (x)
    return result{std::move(*x)};
  if (code_of(x.error()) != ec::corrupt_log)
    return x.error();
  return make_error(ec::corrupt_log,
                    what(x.error())
                      + ". Remove this file to have it made anew from the "
                        "segments: the log then opens as after a crash");
}

void log::impl::read_checkpoint(const std::vector<std::string>& names) {
  if (!has(names, "checkpoint"))
    return;
  // Written without a sync, a crash may have left anything in its place: then
  // nothing is known to be synced.
  auto path = path_of("checkpoint");
  if (auto content = disk->read_all(path))
    if (auto x = decode_checkpoint(*content, path))
      checkpoint = *x;
}

caf::error log::impl::find_segments(const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (name.ends_with(".new") || name.ends_with(".tmp")) { // interrupted
      if (auto error = disk->remove(path_of(name)))
        return error;
      continue;
    }
    auto parsed = parse_log_file_name(name);
    if (!parsed)
      continue;
    auto file = disk->open(path_of(name));
    if (!file)
      return file.error();
    segments.push_back(std::make_shared<segment>(
      disk, directory, *parsed, (*file)->size(), config.index_interval_bytes));
  }
  return remove_replaced();
}

caf::error log::impl::remove_replaced() {
  // Of those that begin together the one that reaches farthest comes first.
  std::sort(segments.begin(), segments.end(), [](auto& x, auto& y) {
    return x->base() != y->base() ? x->base() < y->base()
                                  : x->name().end > y->name().end;
  });
  std::vector<segment_ptr> kept;
  int64_t rewritten_end = 0;
  auto is_synced = false;
  for (const auto& x : segments) {
    if (x->base() < rewritten_end) {
      // A killed process may have left the new name for the page cache only: a
      // power cut must not take it and the old ones.
      if (!std::exchange(is_synced, true))
        if (auto error = disk->sync_directory(directory))
          return error;
      if (auto error = x->remove())
        return error;
      continue;
    }
    rewritten_end = std::max(rewritten_end, x->name().end);
    kept.push_back(x);
  }
  // An interrupted removal of the oldest.
  while (kept.size() > 1 && kept[1]->base() <= start) {
    if (auto error = kept.front()->remove())
      return error;
    kept.erase(kept.begin());
  }
  segments = std::move(kept);
  return caf::none;
}

bool log::impl::matches(const log_state& x) const {
  if (segments.empty())
    return x.end == x.start && x.bytes == 0;
  const auto& active = *segments.back();
  return active.bytes() == x.bytes && active.base() <= x.end
         && active.name().end <= x.end;
}

caf::error log::impl::recover(const std::optional<log_state>& last,
                              int64_t now_ms) {
  auto is_suspect = disk->exists(path_of("suspect"));
  if (last && last->is_clean)
    // Everything was synced, and nothing was written since.
    checkpoint.synced = std::max(checkpoint.synced, last->end);
  auto any = std::any_of(segments.begin(), segments.end(),
                         [](const auto& x) { return x->bytes() > 0; });
  if (!last && !any && checkpoint.synced == 0) {
    // The first append never got as far as being promised anything.
    for (const auto& x : segments)
      if (auto error = x->remove())
        return error;
    segments.clear();
    return caf::none;
  }
  report.was_unclean = true;
  // Without its state, a log's epochs are those of its batches.
  auto first = last ? position_of(checkpoint.synced) : 0;
  end = segments.empty() ? start : segments[first]->base();
  for (auto i = first; i < segments.size(); ++i) {
    // No crash makes that: a segment begins where the one before it ended.
    if (segments[i]->base() < end)
      return make_error(
        ec::corrupt_log,
        fmt::format("{}/{}: begins at offset {}, but the segment before it "
                    "ends at {}",
                    disk->location(), segments[i]->path(), segments[i]->base(),
                    end));
    if (auto error = scan(i))
      return error;
  }
  if (end < checkpoint.synced)
    return lost();
  if (segments.empty()) {
    if (is_replica) // it was about to begin anew
      epochs = leader_epochs{};
    if (auto error = add_segment(now_ms))
      return error;
  }
  if (auto error = sync_recovered(is_suspect)) {
    auto marked = mark_suspect();
    return marked ? marked : error;
  }
  auto largest = epochs.current();
  epochs.cut(end);
  if (!is_replica)
    epochs.begin(largest + 1, end);
  checkpoint_due = true;
  start = std::min(std::max(start, segments.front()->base()), end);
  if (auto error = write_state(false))
    return error;
  if (!is_suspect)
    return caf::none;
  // For good: it would be an old state if it came back.
  if (auto error = disk->remove(path_of("suspect")))
    return error;
  return disk->sync_directory(directory);
}

caf::error log::impl::rewrite(segment& x) {
  auto aside = x.path() + ".new";
  auto made = copy(x, 0, aside);
  if (!made)
    return made.error();
  auto file = x.open();
  if (!file)
    return file.error();
  // What was read wrongly must not take the place of what is right.
  auto same = same_content(**file, **made);
  if (!same)
    return same.error();
  if (!*same)
    return make_error(ec::storage_failed,
                      aside + ": the copy came out different");
  x.cool();
  return disk->rename(aside, x.path());
}

caf::error log::impl::sync_recovered(bool is_suspect) {
  // A power cut would take back, without a new epoch, what is in memory only.
  for (auto i = position_of(checkpoint.synced); i < segments.size(); ++i) {
    if (is_suspect)
      if (auto error = rewrite(*segments[i]))
        return error;
    auto file = segments[i]->open();
    if (!file)
      return file.error();
    if (auto error = (*file)->sync())
      return error;
  }
  return disk->sync_directory(directory);
}

caf::error log::impl::scan(size_t position) {
  auto& x = *segments[position];
  // A crash can take unsynced bytes of a segment and leave the next one.
  if (x.base() > end)
    return end < checkpoint.synced ? lost() : set_aside_from(position);
  auto file = x.open();
  if (!file)
    return file.error();
  segment_index made{x.base()};
  // An epoch is in `state` before its first batch is in a segment.
  batch_walker walker{**file, 0, x.bytes(), scan_chunk_bytes,
                      x.rule(end, has_state ? &epochs : nullptr, start)};
  // What was only read wrongly must not be cut.
  auto answer = walker.next_surely();
  for (; answer == status::batch; answer = walker.next_surely()) {
    const auto& header = walker.batch().header;
    if (made.entries().empty())
      made.created_at(header.max_timestamp_ms);
    made.add(walker.batch(), config.index_interval_bytes);
    end = header.last_offset() + 1;
    // Those of deleted records stay forgotten.
    if (end > start)
      epochs.begin(header.leader_epoch, header.base_offset);
  }
  if (answer == status::failed)
    return walker.failure();
  if (answer != status::end) {
    if (auto error = cut_tail(position, walker, answer))
      return error;
  } else {
    // A compacted one stands for all offsets that its name says.
    end = std::max(end, x.name().end);
  }
  x.set_index(std::move(made));
  return caf::none;
}

caf::error log::impl::cut_tail(size_t position, const batch_walker& at,
                               status why) {
  auto& x = *segments[position];
  auto refuse = [&](std::string_view reason) {
    return make_error(
      ec::corrupt_log,
      fmt::format("{}; {}. No crash leaves this behind: the disk or somebody "
                  "damaged the file. Restore the directory from a copy; to go "
                  "on without what follows, cut the file at that byte "
                  "(truncate -s {}) and remove 'checkpoint' beside it",
                  what(x.corrupt(at.position(), at.failure())), reason,
                  at.position()));
  };
  if (end < checkpoint.synced)
    return refuse(
      fmt::format("the log was synced up to offset {}", checkpoint.synced));
  auto file = x.open();
  if (!file)
    return file.error();
  auto intact =
    find_intact_batch(**file, at.position() + 1, x.bytes(), end + 1);
  if (!intact)
    return intact.error();
  // A cut of the power may leave later blocks without earlier ones.
  auto lost = has_lost_blocks(**file, at.position(), *intact, end);
  if (!lost)
    return lost.error();
  if (*intact < x.bytes() && !*lost)
    return refuse(fmt::format("an intact batch follows at byte {}", *intact));
  auto is_empty = [](const auto& s) { return s->bytes() == 0; };
  auto next = segments.begin() + static_cast<ptrdiff_t>(position) + 1;
  if (why != status::torn && !*lost
      && !std::all_of(next, segments.end(), is_empty))
    return refuse(fmt::format("{} follows", (*next)->path()));
  if (auto error = set_aside_from(position + 1))
    return error;
  if (auto error = keep_aside(x, at.position()))
    return error;
  // It no longer ends where its name says: by that name it would replace what
  // is appended from here on. Still compacted, it may have gaps.
  if (x.name().is_compacted())
    if (auto error = x.rename({x.base(), end}))
      return error;
  return x.cut(at.position());
}

caf::error log::impl::set_aside_from(size_t position) {
  while (segments.size() > position) {
    auto x = segments.back();
    if (x->bytes() == 0) {
      if (auto error = x->remove())
        return error;
    } else {
      auto aside = free_name(x->path() + ".cut-0");
      if (auto error = disk->remove(x->index_path()))
        return error;
      if (auto error = disk->rename(x->path(), aside))
        return error;
      note_cut(x->bytes(), aside);
    }
    segments.pop_back();
  }
  return caf::none;
}

caf::expected<file_ptr> log::impl::copy(segment& from, uint64_t position,
                                        const std::string& to) {
  auto file = from.open();
  if (!file)
    return file.error();
  auto written = disk->open(to);
  if (!written)
    return written.error();
  for (auto at = position; at < from.bytes();) {
    auto content = (*file)->read(
      at, std::min<uint64_t>(scan_chunk_bytes, from.bytes() - at));
    if (!content)
      return content.error();
    if (content->empty())
      break;
    if (auto error = (*written)->append({content->view()}))
      return error;
    at += content->size();
  }
  if (auto error = (*written)->sync())
    return error;
  return written;
}

caf::error log::impl::keep_aside(segment& from, uint64_t position) {
  auto aside = free_name(fmt::format("{}.cut-{}", from.path(), position));
  if (auto made = copy(from, position, aside); !made)
    return made.error();
  note_cut(from.bytes() - position, aside);
  return disk->sync_directory(directory);
}

std::string log::impl::free_name(const std::string& wanted) const {
  auto result = wanted;
  for (int i = 2; disk->exists(result); ++i)
    result = fmt::format("{}.{}", wanted, i);
  return result;
}

void log::impl::note_cut(uint64_t bytes, const std::string& kept_in) {
  report.bytes_cut += bytes;
  if (!report.kept_aside.empty())
    report.kept_aside += ", ";
  report.kept_aside += kept_in;
}

caf::error log::impl::lost() const {
  return make_error(
    ec::corrupt_log,
    fmt::format("{}/{}: the log ends at offset {}, but everything below "
                "offset {} was synced: records that were acknowledged are "
                "lost. Restore the directory from a copy; to go on without "
                "them remove its file 'checkpoint'",
                disk->location(), directory, end, checkpoint.synced));
}

} // namespace troupe::storage
