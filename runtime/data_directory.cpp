#include "runtime/data_directory.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "actors/protocol/errors.hpp"

namespace troupe {

namespace {

namespace json = boost::json;

constexpr const char* file_name = "node.json";
/// There while `troupe cluster recover` changes the directory.
constexpr const char* recovery_name = "RECOVERING";

using identity = data_directory::identity;

std::string encode(const identity& x) {
  return fmt::format("{{\"format\": {}, \"cluster_id\": \"{}\", \"node_id\": "
                     "{}, \"shards\": {}}}\n",
                     x.format, to_string(x.cluster_id), x.node_id, x.shards);
}

std::optional<uint32_t> number(const json::object& in, const char* name) {
  const auto* x = in.if_contains(name);
  if (!x || !x->is_int64() || x->as_int64() < 0
      || x->as_int64() > std::numeric_limits<uint32_t>::max())
    return std::nullopt;
  return static_cast<uint32_t>(x->as_int64());
}

caf::expected<identity> decode(const std::string& content,
                               const std::string& path) {
  auto damaged = [&](std::string_view why) {
    return make_error(ec::corrupt_log,
                      fmt::format("{}: {}. It names the cluster and the node "
                                  "that the directory belongs to; restore it "
                                  "from a copy",
                                  path, why));
  };
  boost::system::error_code why;
  auto parsed = json::parse(content, why);
  if (why || !parsed.is_object())
    return damaged("no JSON object");
  const auto& in = parsed.as_object();
  identity result;
  auto format = number(in, "format");
  if (!format || *format < 1)
    return damaged("has no format number");
  // Before all else: a newer format may have other fields.
  if (*format > data_directory::format)
    return make_error(
      ec::unsupported_version,
      fmt::format("{}: the data has format {}, this program knows up to {}; "
                  "use the program that wrote it, or a newer one",
                  path, *format, data_directory::format));
  auto node_id = number(in, "node_id");
  auto shards = number(in, "shards");
  const auto* cluster = in.if_contains("cluster_id");
  if (!node_id || !shards || !cluster || !cluster->is_string())
    return damaged("lacks node_id, shards or cluster_id");
  auto cluster_id = parse_uuid(
    std::string_view{cluster->as_string().data(), cluster->as_string().size()});
  if (!cluster_id)
    return damaged("cluster_id is not 32 hexadecimal digits");
  return identity{*format, *cluster_id, *node_id, *shards};
}

/// Whether a directory with a file of that name may still be made ours.
bool is_harmless(const std::string& name) {
  return name == "LOCK" || name == "lost+found"
         || name == std::string{file_name} + ".tmp";
}

caf::error check(const identity& x, uint32_t node_id, uint32_t shards,
                 const std::string& where) {
  if (x.node_id != node_id)
    return make_error(ec::invalid_argument,
                      fmt::format("{} belongs to node {}, but this is node {}; "
                                  "set node_id to {}, or use another data "
                                  "directory",
                                  where, x.node_id, node_id, x.node_id));
  if (x.shards != shards)
    return make_error(
      ec::invalid_argument,
      fmt::format("{} was made with {} shards of __commit_offsets, the "
                  "configuration says {}; the number cannot change, for it "
                  "decides where a group's positions are: set "
                  "coordination.shards to {}",
                  where, x.shards, shards, x.shards));
  return caf::none;
}

} // namespace

data_directory::data_directory(std::unique_ptr<storage::directory_lock> lock,
                               const uuid& cluster_id, bool is_new)
  : lock_(std::move(lock)), cluster_id_(cluster_id), is_new_(is_new) {}

caf::error data_directory::write_identity(storage::files& disk,
                                          const uuid& cluster_id,
                                          uint32_t node_id, uint32_t shards) {
  return disk.replace(file_name, encode({format, cluster_id, node_id, shards}),
                      true);
}

caf::expected<uuid> data_directory::own_id(storage::files& disk,
                                           const uuid& fresh) {
  constexpr const char* name = "directory_id";
  if (!disk.exists(name)) {
    if (auto failure = disk.replace(name, to_string(fresh) + "\n", true))
      return failure;
    return fresh;
  }
  auto content = disk.read_all(name);
  if (!content)
    return content.error();
  auto text = content->substr(0, content->find('\n'));
  if (auto result = parse_uuid(text))
    return *result;
  return make_error(ec::corrupt_log,
                    fmt::format("{}/{}: has no 32 hexadecimal digits; without "
                                "it the node is taken for one that lost its "
                                "data, and its vote is lost: restore it from a "
                                "copy; only of a node that does not vote it "
                                "may be removed",
                                disk.location(), name));
}

caf::error data_directory::begin_recovery(storage::files& disk) {
  return disk.replace(recovery_name, "", true);
}

caf::error data_directory::end_recovery(storage::files& disk) {
  if (auto failed = disk.remove(recovery_name))
    return failed;
  return disk.sync_directory("");
}

bool data_directory::is_recovering(storage::files& disk) {
  return disk.exists(recovery_name);
}

caf::expected<data_directory::identity> data_directory::read_identity(
  storage::files& disk) {
  auto where = disk.location();
  if (!is_there(disk))
    return make_error(ec::invalid_argument,
                      fmt::format("{} has no {}: it is no data directory of a "
                                  "node",
                                  where, file_name));
  auto content = disk.read_all(file_name);
  if (!content)
    return content.error();
  return decode(*content, where + "/" + file_name);
}

bool data_directory::is_there(storage::files& disk) {
  return disk.exists(file_name);
}

caf::expected<std::unique_ptr<data_directory>> data_directory::open(
  storage::files_ptr disk, uint32_t node_id, uint32_t shards,
  const uuid& fresh_cluster_id) {
  auto where = disk->location();
  auto names = disk->list("");
  if (!names)
    return names.error();
  // Before anything is written: not even a lock goes into foreign directories.
  auto is_new =
    std::find(names->begin(), names->end(), file_name) == names->end();
  auto foreign = std::find_if_not(names->begin(), names->end(), is_harmless);
  if (is_new && foreign != names->end())
    return make_error(
      ec::invalid_argument,
      fmt::format("{} is not empty ({}) and has no {}: it is no data "
                  "directory; use an empty one, or one that does not exist "
                  "yet",
                  where, *foreign, file_name));
  if (auto failure = disk->make_directory(""))
    return failure;
  auto lock = disk->lock();
  if (!lock)
    return lock.error();
  identity x{format, fresh_cluster_id, node_id, shards};
  // Another process may have made it while this one waited for the lock.
  is_new = is_new && !disk->exists(file_name);
  if (is_new) {
    if (auto failure = write_identity(*disk, fresh_cluster_id, node_id, shards))
      return failure;
  } else {
    auto read = read_identity(*disk);
    if (!read)
      return read.error();
    x = *read;
    if (auto failure = check(x, node_id, shards, where))
      return failure;
    if (is_recovering(*disk))
      return make_error(ec::invalid_argument,
                        fmt::format("{}: 'troupe cluster recover' was "
                                    "interrupted here; run it again",
                                    where));
  }
  return std::unique_ptr<data_directory>{
    new data_directory{std::move(*lock), x.cluster_id, is_new}};
}

} // namespace troupe
