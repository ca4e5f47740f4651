#include "runtime/backup/backup.hpp"

#include <fmt/format.h>

#include "actors/protocol/crc32c.hpp"
#include "actors/protocol/errors.hpp"

namespace troupe::backup {

namespace {

std::string in_data(const std::string& path) {
  return fmt::format("{}/{}", data_name, path);
}

/// Copies one log, and notes its files.
caf::error write_log(const log_snapshot& log, const std::string& held_in,
                     storage::files& source, storage::files& target,
                     const progress& done, manifest& into) {
  for (const auto& file : log.files) {
    auto path = fmt::format("{}/{}", log.directory, file.name);
    auto copied = copy_file(source, fmt::format("{}/{}", held_in, path),
                            file.bytes, target, in_data(path), done);
    if (!copied)
      return copied.error();
    copied->path = path;
    into.files.push_back(std::move(*copied));
  }
  auto add = [&](const char* name, const std::string& content) {
    auto path = fmt::format("{}/{}", log.directory, name);
    into.files.push_back({path, content.size(), crc32c(content)});
    return write_file(target, in_data(path), content);
  };
  if (auto failed = add("state", log.state))
    return failed;
  return add("checkpoint", log.checkpoint);
}

} // namespace

caf::expected<manifest> write(const backup_summary& held, const held_logs& next,
                              storage::files& source, storage::files& target,
                              const progress& done) {
  manifest result{held.cluster_id, held.node_id, held.shards,
                  held.begun_ms,   held.version, {}};
  if (auto failed = target.make_directory(data_name))
    return failed;
  for (uint32_t number = 0; number < held.logs;) {
    auto logs = next(number);
    if (!logs)
      return logs.error();
    if (logs->empty())
      return make_error(
        ec::not_available,
        fmt::format("the node holds {} logs, it gave {}", held.logs, number));
    for (const auto& log : *logs)
      if (auto failed =
            write_log(log, held.held_in, source, target, done, result))
        return failed;
    number += static_cast<uint32_t>(logs->size());
  }
  if (auto failed = sync_names(target, data_name, result.files))
    return failed;
  if (auto failed = target.replace(manifest_name, encode(result), true))
    return failed;
  return result;
}

caf::expected<manifest> read_manifest(storage::files& source) {
  if (!source.exists(manifest_name))
    return make_error(
      ec::invalid_argument,
      fmt::format("{} has no '{}': it is no backup, or one that did not get to "
                  "its end",
                  source.location(), manifest_name));
  auto content = source.read_all(manifest_name);
  if (!content)
    return content.error();
  return decode_manifest(*content, source.location() + "/" + manifest_name);
}

caf::expected<std::vector<fault>> verify(storage::files& source,
                                         const manifest& x,
                                         const progress& done) {
  std::vector<fault> result;
  for (const auto& file : x.files) {
    auto path = in_data(file.path);
    if (!source.exists(path)) {
      result.push_back({path, "is missing"});
      continue;
    }
    // An error of the one who watches ends it, one of the disk is a fault.
    caf::error stopped;
    auto found = read_file(source, path, -1, [&](uint64_t bytes) {
      stopped = done(bytes);
      return stopped;
    });
    if (stopped)
      return stopped;
    if (!found)
      result.push_back({path, what(found.error())});
    else if (found->bytes != file.bytes)
      result.push_back({path, fmt::format("has {} bytes instead of {}",
                                          found->bytes, file.bytes)});
    else if (found->crc != file.crc)
      result.push_back({path, fmt::format("has checksum {:08x} instead of "
                                          "{:08x}",
                                          found->crc, file.crc)});
  }
  return result;
}

} // namespace troupe::backup
