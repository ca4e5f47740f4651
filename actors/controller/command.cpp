#include "actors/controller/command.hpp"

#include <concepts>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

#include "actors/protocol/encoding.hpp"
#include "actors/protocol/errors.hpp"

namespace troupe {

namespace {

constexpr uint8_t version = 1;

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

  std::string result;
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

// The fields of each command, once for both directions.

template <class F>
void fields(F& f, topic_settings& x) {
  each(f, x.segment_bytes, x.segment_age, x.cleanup, x.retention_time,
       x.retention_bytes, x.tombstone_retention, x.record_bytes_max,
       x.index_interval_bytes);
}

template <class F>
void fields(F& f, create_topic& x) {
  each(f, x.id.high, x.id.low, x.spec.name, x.spec.partitions);
  fields(f, x.spec.settings);
  f(x.is_internal);
}

template <class F>
void fields(F& f, grow_topic& x) {
  each(f, x.id.high, x.id.low, x.partitions);
}

template <class F>
void fields(F& f, delete_topic& x) {
  each(f, x.id.high, x.id.low);
}

template <class F>
void fields(F& f, configure_topic& x) {
  each(f, x.id.high, x.id.low);
  fields(f, x.settings);
}

template <class F>
void fields(F& f, reserve_producer_ids& x) {
  each(f, x.first, x.count);
}

/// An empty command of the kind at place `index`.
template <size_t I = 0>
bool make_kind(command& result, size_t index) {
  if constexpr (I < std::variant_size_v<command>) {
    if (I != index)
      return make_kind<I + 1>(result, index);
    result.emplace<I>();
    return true;
  }
  return false;
}

} // namespace

std::string encode_command(command x) {
  writer out;
  auto head = version;
  auto kind = static_cast<uint8_t>(x.index());
  each(out, head, kind);
  std::visit([&](auto& what) { fields(out, what); }, x);
  return std::move(out.result);
}

caf::expected<command> decode_command(std::string_view text) {
  reader in{text};
  uint8_t found = 0;
  uint8_t kind = 0;
  in(found);
  if (!text.empty() && found != version)
    return make_error(ec::unsupported_version,
                      fmt::format("a metadata command of version {}, this "
                                  "program reads version {}",
                                  found, version));
  in(kind);
  command result;
  if (!make_kind(result, kind))
    return make_error(ec::corrupt_log,
                      fmt::format("no metadata command has number {}", kind));
  std::visit([&](auto& what) { fields(in, what); }, result);
  if (!in.is_whole())
    return make_error(ec::corrupt_log,
                      fmt::format("{} bytes are not a metadata command of "
                                  "number {}",
                                  text.size(), kind));
  return result;
}

} // namespace troupe
