#include "actors/consensus/server_store.hpp"

#include <cinttypes>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "actors/protocol/crc32c.hpp"
#include "actors/protocol/encoding.hpp"
#include "actors/protocol/errors.hpp"
#include "actors/protocol/fields.hpp"
#include "actors/storage/sealed_text.hpp"

namespace troupe::consensus {

namespace {

constexpr std::string_view vote_title = "troupe-vote";
constexpr int vote_version = 1;
constexpr std::string_view log_prefix = "entries.";

/// Bytes of log in memory at once.
constexpr size_t chunk_bytes = 256 * kib;

caf::error corrupt(const std::string& path, std::string_view why) {
  return make_error(ec::corrupt_log, fmt::format("{}: {}", path, why));
}

// -- an entry as a record
// ------------------------------------------------------

record to_record(const entry& x, int64_t now_ms) {
  std::string key;
  put_big_endian(key, static_cast<uint8_t>(x.kind));
  put_big_endian(key, x.term);
  return {bytes{std::move(key)}, bytes{x.data}, {}, now_ms};
}

std::optional<entry> to_entry(const record& x) {
  auto key = x.key.view();
  if (key.size() != 9)
    return std::nullopt;
  auto kind = get_big_endian<uint8_t>(key, 0);
  if (kind < static_cast<uint8_t>(entry_kind::command)
      || kind > static_cast<uint8_t>(entry_kind::change))
    return std::nullopt;
  return entry{get_big_endian<uint64_t>(key, 1), static_cast<entry_kind>(kind),
               std::string{x.value.view()}};
}

// -- a snapshot as a file
// ------------------------------------------------------

struct snapshot_file {
  uint64_t generation = 0;
  uint64_t first = 0;
  snapshot content;
};

std::string encode(const snapshot_file& x) {
  field_writer out;
  out.add(static_cast<int64_t>(x.generation))
    .add(static_cast<int64_t>(x.first))
    .add(encode_snapshot(x.content));
  auto body = out.take();
  std::string result;
  put_big_endian(result, crc32c(body));
  return result + body;
}

caf::expected<snapshot_file> decode(std::string_view text,
                                    const std::string& path) {
  if (text.size() < 4
      || get_big_endian<uint32_t>(text, 0) != crc32c(text.substr(4)))
    return corrupt(path, "its checksum does not match");
  field_reader in{text.substr(4)};
  snapshot_file result;
  result.generation = static_cast<uint64_t>(in.integer());
  result.first = static_cast<uint64_t>(in.integer());
  auto content = decode_snapshot(in.text());
  if (!in.is_complete())
    return corrupt(path, "it is malformed");
  if (!content)
    return make_error(code_of(content.error()),
                      fmt::format("{}: {}", path, what(content.error())));
  result.content = std::move(*content);
  return result;
}

caf::error sync_now(storage::log& log) {
  auto rest = log.to_sync();
  if (auto err = storage::sync_all(rest.files)) {
    log.sync_failed();
    return err;
  }
  log.synced(rest.up_to);
  return caf::none;
}

caf::error append_to(storage::log& log, const std::vector<entry>& entries,
                     int64_t now_ms) {
  // A batch each, so that a cut between two entries is one between batches.
  for (const auto& x : entries) {
    auto batch = make_batch({to_record(x, now_ms)});
    if (auto offset = log.append(batch, now_ms); !offset)
      return std::move(offset.error());
  }
  return caf::none;
}

} // namespace

server_store::server_store(storage::files_ptr disk, std::string directory)
  : disk_(std::move(disk)), directory_(std::move(directory)) {
  // nop
}

caf::expected<std::unique_ptr<server_store>> server_store::open(
  storage::files_ptr disk, std::string directory, int64_t now_ms) {
  std::unique_ptr<server_store> result{
    new server_store{std::move(disk), std::move(directory)}};
  if (auto err = result->load(now_ms))
    return err;
  return result;
}

bool server_store::is_new() const noexcept {
  return !stored_.base && stored_.entries.empty() && stored_.voted.term <= 1;
}

// -- opening
// -------------------------------------------------------------------

caf::error server_store::load(int64_t now_ms) {
  if (auto err = disk_->make_directory(directory_))
    return err;
  if (auto err = load_vote())
    return err;
  if (auto err = load_snapshot())
    return err;
  if (auto err = remove_other_logs())
    return err;
  auto log = open_log(generation_, now_ms);
  if (!log)
    return std::move(log.error());
  // What a killed process left in the page cache is synced by then.
  log_ = std::move(*log);
  return load_entries();
}

caf::error server_store::load_vote() {
  auto path = directory_ + "/vote";
  if (!disk_->exists(path))
    return caf::none;
  auto text = disk_->read_all(path);
  if (!text)
    return std::move(text.error());
  auto lines = storage::unseal(*text, vote_title, vote_version, path);
  if (!lines)
    return std::move(lines.error());
  if (auto err = keep(path, *text))
    return err;
  auto& x = stored_.voted;
  if (std::sscanf(lines->c_str(), "term %" SCNu64 "\ncandidate %" SCNu64 "\n",
                  &x.term, &x.candidate)
      != 2)
    return corrupt(path, "it has no term and candidate");
  return caf::none;
}

caf::error server_store::load_snapshot() {
  auto path = directory_ + "/snapshot";
  if (!disk_->exists(path))
    return caf::none;
  auto text = disk_->read_all(path);
  if (!text)
    return std::move(text.error());
  auto x = decode(*text, path);
  if (!x)
    return std::move(x.error());
  if (auto err = keep(path, *text))
    return err;
  generation_ = x->generation;
  first_ = x->first;
  stored_.base = std::move(x->content);
  return caf::none;
}

caf::error server_store::keep(const std::string& path,
                              const std::string& text) {
  // It may be there because its sync failed and the process ended then: what is
  // read must not be taken back.
  return disk_->replace(path, text, true);
}

caf::error server_store::load_entries() {
  stored_.first_index = first_;
  for (int64_t offset = 0; offset < log_->end();) {
    auto batches = log_->read(offset, chunk_bytes);
    if (!batches)
      return std::move(batches.error());
    for (const auto& batch : *batches) {
      auto records = read_records(batch);
      if (!records)
        return std::move(records.error());
      for (const auto& x : *records) {
        auto found = to_entry(x.content);
        if (!found)
          return corrupt(log_directory(generation_),
                         fmt::format("offset {} is not an entry", x.offset));
        stored_.entries.push_back(std::move(*found));
      }
      offset = batch.header.last_offset() + 1;
    }
  }
  return caf::none;
}

caf::error server_store::remove_other_logs() {
  auto names = disk_->list(directory_);
  if (!names)
    return std::move(names.error());
  auto ours = fmt::format("{}{}", log_prefix, generation_);
  for (const auto& name : *names)
    if (name.starts_with(log_prefix) && name != ours)
      if (auto err = disk_->remove(fmt::format("{}/{}", directory_, name)))
        return err;
  return caf::none;
}

std::string server_store::log_directory(uint64_t generation) const {
  return fmt::format("{}/{}{}", directory_, log_prefix, generation);
}

caf::expected<std::unique_ptr<storage::log>> server_store::open_log(
  uint64_t generation, int64_t now_ms) const {
  auto path = log_directory(generation);
  if (auto err = disk_->make_directory(path))
    return err;
  return storage::log::open(disk_, path, topic_settings{}, now_ms);
}

// -- writing
// -------------------------------------------------------------------

caf::error server_store::save(const vote& x) {
  auto text =
    storage::seal(fmt::format("{} {}\nterm {}\ncandidate {}\n", vote_title,
                              vote_version, x.term, x.candidate));
  return disk_->replace(directory_ + "/vote", text, true);
}

caf::error server_store::append(const entries_written& x, int64_t now_ms) {
  auto offset = static_cast<int64_t>(x.first) - static_cast<int64_t>(first_);
  if (offset < 0 || offset > log_->end())
    return corrupt(log_directory(generation_),
                   fmt::format("entry {} would leave a gap", x.first));
  if (offset < log_->end())
    if (auto err = log_->truncate(offset))
      return err;
  return append_to(*log_, x.entries, now_ms);
}

caf::error server_store::replace(const snapshot& base, uint64_t first,
                                 const std::vector<entry>& entries,
                                 int64_t now_ms) {
  auto generation = generation_ + 1;
  // Left by an attempt before this one.
  if (auto err = disk_->remove(log_directory(generation)))
    return err;
  auto log = open_log(generation, now_ms);
  if (!log)
    return std::move(log.error());
  if (auto err = append_to(**log, entries, now_ms))
    return err;
  if (auto err = sync_now(**log))
    return err;
  // Nothing of an earlier attempt may come back in it, empty as it may be.
  for (const auto& x : {log_directory(generation), directory_})
    if (auto err = disk_->sync_directory(x))
      return err;
  // From here on the new log counts.
  if (auto err = disk_->replace(directory_ + "/snapshot",
                                encode({generation, first, base}), true))
    return err;
  log_ = std::move(*log);
  generation_ = generation;
  first_ = first;
  return remove_other_logs();
}

storage::log::unsynced server_store::to_sync() const {
  return log_->to_sync();
}

void server_store::synced(int64_t up_to) {
  log_->synced(up_to);
}

void server_store::sync_failed() {
  log_->sync_failed();
}

} // namespace troupe::consensus
