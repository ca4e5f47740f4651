#include "actors/controller/topic_rules.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"
#include "actors/protocol/record_batch.hpp"

namespace troupe {

namespace {

constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyz"
                                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789._-";

} // namespace

caf::error check_topic_name(std::string_view name, bool is_internal) {
  if (name.empty() || name.size() > topic_name_bytes_max)
    return make_error(ec::invalid_argument,
                      fmt::format("a topic's name has 1 to {} characters, this "
                                  "one has {}",
                                  topic_name_bytes_max, name.size()));
  if (auto at = name.find_first_not_of(name_characters);
      at != std::string_view::npos)
    return make_error(ec::invalid_argument,
                      fmt::format("topic name '{}': character {} is none of "
                                  "a-z A-Z 0-9 . _ -",
                                  name, at + 1));
  if (name == "." || name == "..")
    return make_error(ec::invalid_argument,
                      fmt::format("a topic cannot be called '{}'", name));
  if (!is_internal && name.starts_with("__"))
    return make_error(ec::invalid_argument,
                      fmt::format("topic name '{}': names that begin with '__' "
                                  "are Troupe's own",
                                  name));
  return caf::none;
}

caf::error check_topic_settings(const topic_settings& x) {
  struct bound {
    const char* field;
    int64_t value;
    int64_t least;
  };
  auto count = [](uint64_t bytes) {
    return static_cast<int64_t>(std::min(bytes, uint64_t{INT64_MAX}));
  };
  auto bounds = std::to_array<bound>({
    {"segment_bytes", count(x.segment_bytes), 1},
    {"segment_age (ms)", x.segment_age.count(), 1},
    {"retention_time (ms)", x.retention_time.count(), 0},
    {"tombstone_retention (ms)", x.tombstone_retention.count(), 0},
    {"record_bytes_max", count(x.record_bytes_max),
     batch_header::encoded_bytes + 1},
    {"index_interval_bytes", count(x.index_interval_bytes), 1},
  });
  for (const auto& [field, value, least] : bounds)
    if (value < least)
      return make_error(
        ec::invalid_argument,
        fmt::format("{} is {}, the least is {}", field, value, least));
  return caf::none;
}

} // namespace troupe
