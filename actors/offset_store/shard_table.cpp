#include "actors/offset_store/shard_table.hpp"

#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "actors/protocol/encoding.hpp"

namespace troupe {

namespace {

constexpr std::string_view own_group = "";

constexpr std::string_view life_key = "life";

std::optional<int32_t> decode_life(const bytes& x) {
  if (x.size() != sizeof(int32_t))
    return std::nullopt;
  return get_big_endian<int32_t>(x.view(), 0);
}

} // namespace

caf::error shard_table::apply(const record& x) {
  auto decoded = decode_shard_record(x);
  if (!decoded)
    return decoded.error();
  auto& [group, content] = *decoded;
  if (group == own_group) {
    auto life = decode_life(content.value);
    if (content.key != life_key || !life)
      return make_error(
        ec::corrupt_log,
        fmt::format("'{}' is no record of the shard itself", content.key));
    life_ = *life;
    return caf::none;
  }
  if (!content.value.is_null()) {
    // A slice would keep the whole batch that it came in.
    groups_[group][content.key] = bytes{content.value.str()};
    return caf::none;
  }
  if (auto i = groups_.find(group); i != groups_.end()) {
    i->second.erase(content.key);
    if (i->second.empty())
      groups_.erase(i);
  }
  return caf::none;
}

std::vector<keyed_record> shard_table::records_of(
  const std::string& group) const {
  std::vector<keyed_record> result;
  if (auto i = groups_.find(group); i != groups_.end())
    for (const auto& [key, value] : i->second)
      result.push_back({key, value});
  return result;
}

std::vector<std::string> shard_table::groups() const {
  std::vector<std::string> result;
  for (const auto& [group, records] : groups_)
    result.push_back(group);
  return result;
}

record life_record(int32_t life, int64_t timestamp_ms) {
  std::string value;
  put_big_endian(value, life);
  return encode_shard_record(
    own_group, {std::string{life_key}, bytes{std::move(value)}}, timestamp_ms);
}

} // namespace troupe
