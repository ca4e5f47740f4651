// A log's directory after any damage: opening it gives the log or an error,
// what is read has the right checksum, and the log is good for appending.
#include <algorithm>
#include <memory>
#include <optional>

#include "actors/partition/producer_table.hpp"
#include "actors/protocol/errors.hpp"
#include "actors/storage/log.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "tests/fuzz/targets/parts.hpp"
#include "tests/fuzz/targets/target.hpp"

namespace troupe::fuzz {

namespace {

using storage::log;

constexpr int64_t now_ms = 1'767'225'600'000;

constexpr const char* names[] = {
  "state",
  "checkpoint",
  "suspect",
  "00000000000000000000.log",
  "00000000000000000000.index",
  "00000000000000000006.log",
  "00000000000000000006.index",
  "00000000000000000012.log",
  "00000000000000000012.index",
  "00000000000000000000-00000000000000000006.log",
  "00000000000000000000-00000000000000000006.index",
  "00000000000000000006.log.new",
};

/// Asks for a cut and more, at an offset that is the length of the content.
constexpr uint8_t cut_kind = 255;

std::string name_of(const part& x) {
  return names[x.kind % std::size(names)];
}

topic_settings settings() {
  topic_settings x;
  x.segment_bytes = 300; // so that a few batches make several
  x.index_interval_bytes = 100;
  return x;
}

using disk_ptr = std::shared_ptr<simulation::memory_files>;

caf::expected<std::unique_ptr<log>> open(const disk_ptr& disk) {
  return log::open(disk, "x", settings(), now_ms);
}

struct content {
  std::vector<batch_header> batches;
  caf::error failure;
  /// A state that is intact and says it was a clean stop is believed, whatever
  /// end it tells: no damage makes such a file, the fuzzer does.
  bool is_beyond_end = false;

  bool is_whole() const {
    return !failure && !is_beyond_end;
  }
};

/// Reads all there is, checking what comes.
content read_all(const log& from) {
  content result;
  producer_table producers{3};
  for (auto offset = from.start(); offset < from.end();) {
    auto batches = from.read(offset, 200);
    if (!batches) {
      result.failure = batches.error();
      return result;
    }
    must(!batches->empty(), "nothing is read below the end");
    for (const auto& x : *batches) {
      must(x.header.crc == checksum_of(x), "a damaged batch was handed out");
      must(x.header.last_offset() >= offset, "an offset comes twice");
      offset = x.header.last_offset() + 1;
      producers.add(x.header);
      result.batches.push_back(x.header);
    }
    result.is_beyond_end = offset > from.end();
  }
  return result;
}

record_batch small_batch(int64_t n) {
  record x{{}, bytes{std::to_string(n)}, {}, now_ms + n};
  return make_batch({x, x}, {5, 0, static_cast<int32_t>(2 * n)});
}

/// Appends, syncs and reads what it appended; whether the log is good for that.
bool use(log& it) {
  (void)it.find_time(now_ms);
  (void)it.end_of_epoch(0);
  auto end = it.end();
  for (int64_t n = 0; n < 3; ++n) {
    auto batch = small_batch(n);
    auto base = it.append(batch, now_ms);
    if (!base) {
      // Its index cannot be made anew: there is damage behind the last batch,
      // where nobody reads.
      must(code_of(base.error()) == ec::corrupt_log,
           "an append is refused for another reason than damage: "
             + what(base.error()));
      return false;
    }
    must(*base == end + 2 * n, "an append leaves a gap");
  }
  auto sync = it.to_sync();
  must(!storage::sync_all(sync.files), "a sync failed");
  it.synced(sync.up_to);
  auto last = it.read(end, 1);
  return last && last->front().header.base_offset == end;
}

/// Opening again, once it was used, finds the same.
void open_again(const disk_ptr& disk, std::unique_ptr<log> it) {
  auto before = read_all(*it);
  // Where nothing made it look, damage is found when it is read.
  if (!before.is_whole())
    return;
  auto end = it->end();
  must(!it->close(), "a good log cannot be closed");
  it.reset();
  auto again = open(disk);
  must(bool{again}, "a good log cannot be opened again: "
                      + (again ? std::string{} : what(again.error())));
  must((*again)->end() == end, "the end moved");
  auto after = read_all(**again);
  must(after.is_whole(), "a good log cannot be read: " + what(after.failure));
  must(before.batches == after.batches, "another content after an open");
}

/// Changes what is there; whether that went well.
bool cut(log& it, int64_t at) {
  auto is_fine = !it.truncate(at);
  must(!is_fine || it.end() <= std::max(at, it.start()), "not cut");
  is_fine = !it.delete_before(at / 2) && is_fine;
  (void)it.retain(now_ms);
  (void)it.compact(now_ms, 1000);
  return is_fine;
}

bool run(std::string_view input) {
  auto disk = std::make_shared<simulation::memory_files>();
  if (disk->make_directory("x"))
    return false;
  std::optional<int64_t> cut_at;
  for (const auto& x : split(input)) {
    if (x.kind == cut_kind)
      cut_at = static_cast<int64_t>(x.content.size());
    else
      disk->set_content("x/" + name_of(x), x.content);
  }
  auto it = open(disk);
  if (!it) {
    auto why = code_of(it.error());
    must(why == ec::corrupt_log || why == ec::unsupported_version,
         "refused for another reason than damage: " + what(it.error()));
    return false;
  }
  must((*it)->start() >= 0 && (*it)->start() <= (*it)->end(),
       "the start is not between 0 and the end");
  auto found = read_all(**it);
  auto is_good = found.is_whole();
  if (cut_at)
    is_good = cut(**it, *cut_at) && is_good;
  auto is_used = use(**it);
  if (!is_good || !is_used)
    return false;
  open_again(disk, std::move(*it));
  return true;
}

std::string repair(std::string input) {
  auto parts = split(input);
  for (auto& x : parts) {
    auto name = name_of(x);
    if (name.ends_with(".log"))
      x.content = repair_batches(std::move(x.content));
    else if (name.ends_with(".index"))
      x.content = repair_index(std::move(x.content));
    else
      x.content = repair_lines(std::move(x.content));
  }
  return join(parts);
}

std::string parts_of(const simulation::memory_files& disk) {
  std::vector<part> result;
  for (uint8_t kind = 0; kind < std::size(names); ++kind)
    if (auto x = disk.content(std::string{"x/"} + names[kind]); !x.empty())
      result.push_back({kind, std::move(x)});
  return join(result);
}

std::vector<std::string> seeds() {
  std::vector<std::string> result;
  auto disk = std::make_shared<simulation::memory_files>();
  auto it = open(disk);
  must(bool{it}, "no log for the seeds");
  for (int64_t n = 0; n < 5; ++n) {
    auto batch = small_batch(n);
    must(bool{(*it)->append(batch, now_ms + n)}, "no batch for the seeds");
  }
  auto sync = (*it)->to_sync();
  must(!storage::sync_all(sync.files), "no sync for the seeds");
  (*it)->synced(sync.up_to);
  // As a killed process leaves it, and after a clean stop.
  result.push_back(parts_of(*disk));
  must(!(*it)->close(), "no clean stop for the seeds");
  result.push_back(parts_of(*disk));
  result.push_back(result.back() + join({{cut_kind, "....."}}));
  return result;
}

} // namespace

const target logs{"logs", run, repair, seeds};

} // namespace troupe::fuzz
