#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <caf/meta/type_name.hpp>

namespace troupe {

/// 128 bits that name one thing for ever: a cluster, a topic, a member.
struct uuid {
  uint64_t high = 0;
  uint64_t low = 0;

  /// True for the id that names nothing.
  bool is_nil() const noexcept {
    return high == 0 && low == 0;
  }

  auto operator<=>(const uuid&) const = default;
};

/// 32 lower-case hexadecimal digits.
std::string to_string(const uuid& x);

/// Reads what `to_string` wrote; nothing for any other text.
std::optional<uuid> parse_uuid(std::string_view text);

/// The id number `index` that follows from `seed`: unique per (seed, index),
/// the same in every replay.
uuid derive_uuid(const uuid& seed, uint64_t index);

/// Names a topic for ever: a topic created again under the name has another id.
using topic_id = uuid;

/// One partition of one topic.
struct topic_partition {
  topic_id topic;
  int32_t partition = 0;

  auto operator<=>(const topic_partition&) const = default;
};

/// The topic's id, a dash, the partition: for logs; people are shown names.
std::string to_string(const topic_partition& x);

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, uuid& x) {
  return f(caf::meta::type_name("uuid"), x.high, x.low);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, topic_partition& x) {
  return f(caf::meta::type_name("topic_partition"), x.topic, x.partition);
}

} // namespace troupe

template <>
struct std::hash<troupe::uuid> {
  size_t operator()(const troupe::uuid& x) const noexcept {
    return static_cast<size_t>(x.high ^ (x.low * 0x9E3779B97F4A7C15u));
  }
};

template <>
struct std::hash<troupe::topic_partition> {
  size_t operator()(const troupe::topic_partition& x) const noexcept {
    return std::hash<troupe::uuid>{}(x.topic)
           + static_cast<size_t>(x.partition) * 0x9E3779B9u;
  }
};
