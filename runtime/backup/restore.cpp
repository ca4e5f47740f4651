#include "runtime/backup/restore.hpp"

#include <fmt/format.h>

#include "actors/controller/replay.hpp"
#include "actors/offset_store/shard_table.hpp"
#include "actors/protocol/crc32c.hpp"
#include "actors/storage/log_state.hpp"
#include "runtime/cast.hpp"
#include "runtime/data_directory.hpp"

namespace troupe::backup {

namespace {

/// Producer ids that are left out: more than a node gives in its life.
constexpr int32_t ids_left_out = 1'000'000'000;

constexpr size_t read_bytes = 256 * kib;

constexpr std::string_view state_name = "/state";

caf::error damaged(const storage::files& source, const manifest::file& wanted,
                   const manifest::file& found) {
  return make_error(
    ec::corrupt_log,
    fmt::format("{}/{}/{}: has {} bytes with checksum {:08x}, the manifest "
                "says {} with {:08x}; the backup is damaged ('troupe backup "
                "verify' names all such files)",
                source.location(), data_name, wanted.path, found.bytes,
                found.crc, wanted.bytes, wanted.crc));
}

/// A log's state, with an epoch of its own from its end on.
caf::error restore_state(storage::files& source, storage::files& target,
                         const manifest::file& x, int64_t begun_ms,
                         int64_t now_ms) {
  auto from = fmt::format("{}/{}", data_name, x.path);
  auto content = source.read_all(from);
  if (!content)
    return content.error();
  manifest::file found{x.path, content->size(), crc32c(*content)};
  if (found != x)
    return damaged(source, x, found);
  auto state = storage::decode_state(*content, source.location() + "/" + from);
  if (!state)
    return state.error();
  storage::leader_epochs epochs{state->epochs};
  epochs.begin(number_after_restore(epochs.current(), begun_ms, now_ms),
               state->end);
  state->epochs = epochs.entries();
  return write_file(target, x.path, encode(*state));
}

caf::error restore_file(storage::files& source, storage::files& target,
                        const manifest::file& x, const progress& done) {
  auto copied = copy_file(source, fmt::format("{}/{}", data_name, x.path), -1,
                          target, x.path, done);
  if (!copied)
    return copied.error();
  if (copied->bytes != x.bytes || copied->crc != x.crc)
    return damaged(source, x, *copied);
  return caf::none;
}

/// Appends `content` to a log as the node that opens it would find it after a
/// clean stop.
caf::error append(storage::log& log, record content, int64_t now_ms) {
  auto batch = make_batch({std::move(content)});
  if (auto offset = log.append(batch, now_ms); !offset)
    return offset.error();
  return log.close();
}

caf::error leave_out_producer_ids(const storage::files_ptr& target,
                                  int64_t now_ms) {
  auto log = storage::log::open(target, "metadata", {}, now_ms);
  if (!log)
    return log.error();
  metadata state;
  if (auto failed = replay(**log, state))
    return failed;
  auto command = encode_command(state.plan_reserve(ids_left_out));
  return append(**log, {{}, bytes{std::move(command)}, {}, now_ms}, now_ms);
}

caf::error raise_life(const storage::files_ptr& target,
                      const std::string& directory, const manifest& x,
                      int64_t now_ms) {
  auto log = storage::log::open(target, directory, {}, now_ms);
  if (!log)
    return log.error();
  shard_table table;
  for (auto offset = (*log)->start(); offset < (*log)->end();) {
    auto batches = (*log)->read(offset, read_bytes);
    if (!batches)
      return batches.error();
    for (const auto& batch : *batches) {
      auto records = read_records(batch);
      if (!records)
        return records.error();
      for (const auto& record : *records)
        if (auto failed = table.apply(record.content))
          return failed;
      offset = batch.header.last_offset() + 1;
    }
  }
  auto life = number_after_restore(table.life(), x.begun_ms, now_ms);
  return append(**log, life_record(life, now_ms), now_ms);
}

/// Whether `path` is that of a shard's log.
bool is_shard(std::string_view path) {
  return path.starts_with(fmt::format("topics/{}.", offsets_topic));
}

} // namespace

caf::error restore(const storage::files_ptr& source,
                   const storage::files_ptr& target, const manifest& x,
                   int64_t now_ms, const progress& done) {
  if (auto taken = check_empty(*target, "a data directory"))
    return taken;
  if (auto failed = target->make_directory(""))
    return failed;
  auto lock = target->lock();
  if (!lock)
    return lock.error();
  std::vector<std::string> shards;
  for (const auto& file : x.files) {
    auto is_state = file.path.ends_with(state_name);
    if (is_state && is_shard(file.path))
      shards.push_back(
        file.path.substr(0, file.path.size() - state_name.size()));
    auto failed = is_state
                    ? restore_state(*source, *target, file, x.begun_ms, now_ms)
                    : restore_file(*source, *target, file, done);
    if (failed)
      return failed;
  }
  if (auto failed = leave_out_producer_ids(target, now_ms))
    return failed;
  for (const auto& directory : shards)
    if (auto failed = raise_life(target, directory, x, now_ms))
      return failed;
  if (auto failed = sync_names(*target, "", x.files))
    return failed;
  return data_directory::write_identity(*target, x.cluster_id, x.node_id,
                                        x.shards);
}

} // namespace troupe::backup
