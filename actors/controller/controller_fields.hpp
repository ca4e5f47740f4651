#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <caf/error.hpp>

#include "actors/protocol/cluster_messages.hpp"
#include "actors/protocol/encoding.hpp"
#include "actors/protocol/feature_level.hpp"
#include "config/settings.hpp"

/// How what the controller keeps becomes bytes, as command.hpp says: each
/// type's fields once, for both directions.
namespace troupe::controller_fields {

/// Since when there are clusters.
inline constexpr uint8_t cluster_version = 2;

/// What is written at a feature level (0: there is none): the first one has the
/// version of the first clusters, each later one a version of its own.
constexpr uint8_t version_at(uint32_t level) noexcept {
  return static_cast<uint8_t>(cluster_version + (level == 0 ? 0 : level - 1));
}

/// Refuses what only a newer program reads.
caf::error too_new(std::string_view what, uint8_t version,
                   const level_range& levels);

/// Appends fields to `result`.
class writer {
public:
  template <std::integral T>
  void operator()(T& x) {
    put_big_endian(result, x);
  }

  void operator()(bool& x) {
    result += x ? '\1' : '\0';
  }

  template <class T>
  requires std::is_enum_v<T>
  void operator()(T& x) {
    put_big_endian(result, static_cast<std::underlying_type_t<T>>(x));
  }

  void operator()(milliseconds& x) {
    put_big_endian(result, int64_t{x.count()});
  }

  void operator()(std::string& x) {
    put_big_endian(result, static_cast<uint16_t>(x.size()));
    result += x;
  }

  template <class T>
  void begin_list(std::vector<T>& xs) {
    put_big_endian(result, static_cast<uint32_t>(xs.size()));
  }

  std::string result;
  uint8_t version = cluster_version;
};

/// Reads fields from the beginning of a text.
class reader {
public:
  explicit reader(std::string_view text) : rest_(text) {}

  template <std::integral T>
  void operator()(T& x) {
    if (auto field = take(sizeof(T)); field.size() == sizeof(T))
      x = get_big_endian<T>(field, 0);
  }

  void operator()(bool& x) {
    x = take(1) == std::string_view{"\1", 1};
  }

  template <class T>
  requires std::is_enum_v<T>
  void operator()(T& x) {
    std::underlying_type_t<T> value = 0;
    (*this)(value);
    x = static_cast<T>(value);
  }

  void operator()(milliseconds& x) {
    int64_t value = 0;
    (*this)(value);
    x = milliseconds{value};
  }

  void operator()(std::string& x) {
    uint16_t size = 0;
    (*this)(size);
    x = take(size);
  }

  /// Of elements that have a byte at least.
  template <class T>
  void begin_list(std::vector<T>& xs) {
    uint32_t count = 0;
    (*this)(count);
    is_short_ = is_short_ || count > rest_.size();
    xs.resize(is_short_ ? 0 : count);
  }

  uint8_t version = cluster_version;

  /// Whether everything was there, and nothing beyond it.
  bool is_whole() const noexcept {
    return !is_short_ && rest_.empty();
  }

private:
  std::string_view take(size_t size) {
    is_short_ = is_short_ || rest_.size() < size;
    if (is_short_)
      return {};
    auto result = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return result;
  }

  std::string_view rest_;
  bool is_short_ = false;
};

template <class F, class... Ts>
void each(F& f, Ts&... xs) {
  (f(xs), ...);
}

// -- the fields of each type
// ---------------------------------------------------

template <class F>
void fields(F& f, uint32_t& x) {
  f(x);
}

template <class F, class T>
void fields(F& f, std::vector<T>& xs) {
  f.begin_list(xs);
  for (auto& x : xs)
    fields(f, x);
}

template <class F>
void fields(F& f, uuid& x) {
  each(f, x.high, x.low);
}

template <class F>
void fields(F& f, topic_settings& x) {
  each(f, x.segment_bytes, x.segment_age, x.cleanup, x.retention_time,
       x.retention_bytes, x.tombstone_retention, x.record_bytes_max,
       x.index_interval_bytes);
  if (f.version >= cluster_version)
    f(x.min_insync_replicas);
}

template <class F>
void fields(F& f, partition_placement& x) {
  fields(f, x.replicas);
  fields(f, x.in_sync);
  each(f, x.leader, x.leader_epoch, x.epoch);
  fields(f, x.moving_to);
}

template <class F>
void fields(F& f, node_info& x) {
  each(f, x.id, x.address, x.rack);
  fields(f, x.incarnation);
  fields(f, x.directory_id);
  each(f, x.version, x.levels.oldest, x.levels.newest, x.is_fenced,
       x.is_draining, x.is_standby);
}

template <class F>
void fields(F& f, partition_change& x) {
  fields(f, x.id.topic);
  f(x.id.partition);
  fields(f, x.wanted);
}

} // namespace troupe::controller_fields
