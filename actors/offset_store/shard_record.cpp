#include "actors/offset_store/shard_record.hpp"

#include <fmt/format.h>

#include "actors/protocol/encoding.hpp"

namespace troupe {

namespace {

constexpr char version = 1;

/// Version and length of the group id.
constexpr size_t prefix_bytes = 3;

} // namespace

record encode_shard_record(std::string_view group, const keyed_record& x,
                           int64_t timestamp_ms) {
  std::string key;
  key.reserve(prefix_bytes + group.size() + x.key.size());
  key += version;
  put_big_endian(key, static_cast<uint16_t>(group.size()));
  key += group;
  key += x.key;
  return {bytes{std::move(key)}, x.value, {}, timestamp_ms};
}

caf::expected<shard_record> decode_shard_record(const record& x) {
  auto key = x.key.view();
  if (key.size() < prefix_bytes)
    return make_error(ec::corrupt_log,
                      fmt::format("the key has {} bytes, at least {} expected",
                                  key.size(), prefix_bytes));
  if (key[0] != version)
    return make_error(ec::unsupported_version,
                      fmt::format("the key has version {}, this program reads "
                                  "version {}",
                                  static_cast<uint8_t>(key[0]), int{version}));
  size_t group_bytes = get_big_endian<uint16_t>(key, 1);
  key.remove_prefix(prefix_bytes);
  if (key.size() < group_bytes)
    return make_error(ec::corrupt_log,
                      fmt::format("the key ends in the group id: {} of {} "
                                  "bytes",
                                  key.size(), group_bytes));
  return shard_record{std::string{key.substr(0, group_bytes)},
                      {std::string{key.substr(group_bytes)}, x.value}};
}

} // namespace troupe
