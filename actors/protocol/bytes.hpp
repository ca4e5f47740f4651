#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <caf/data_processor.hpp>
#include <caf/meta/load_callback.hpp>
#include <caf/meta/type_name.hpp>

namespace troupe {

/// An immutable run of bytes that any number of messages and actors share: a
/// copy shares the buffer, a slice shares it too. A null `bytes` (a record
/// without key, a tombstone's value) differs from an empty one.
class bytes {
public:
  /// Null.
  bytes() = default;

  /// Takes over `content`.
  explicit bytes(std::string content) {
    auto owner = std::make_shared<const std::string>(std::move(content));
    data_ = owner->data();
    size_ = owner->size();
    owner_ = std::move(owner);
  }

  /// Shares `owner`, which keeps `[data, data + size)` alive and unchanged.
  bytes(std::shared_ptr<const void> owner, const char* data, size_t size)
    : owner_(std::move(owner)), data_(data), size_(size) {}

  bool is_null() const noexcept {
    return data_ == nullptr;
  }

  bool empty() const noexcept {
    return size_ == 0;
  }

  size_t size() const noexcept {
    return size_;
  }

  const char* data() const noexcept {
    return data_;
  }

  std::string_view view() const noexcept {
    return {data_, size_};
  }

  std::string str() const {
    return std::string{view()};
  }

  /// The `length` bytes from `position` on, sharing this buffer.
  bytes slice(size_t position, size_t length) const {
    return bytes{owner_, data_ + position, length};
  }

  /// Equal content; null equals only null.
  friend bool operator==(const bytes& x, const bytes& y) noexcept {
    return x.is_null() == y.is_null() && x.view() == y.view();
  }

  /// Copies the content: only a message that leaves the process is inspected.
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, bytes& x) {
    auto null = x.is_null();
    std::string content;
    if constexpr (Inspector::reads_state)
      content.assign(x.view());
    return f(caf::meta::type_name("bytes"), null, content,
             caf::meta::load_callback([&]() -> caf::error {
               x = null ? bytes{} : bytes{std::move(content)};
               return caf::none;
             }));
  }

private:
  std::shared_ptr<const void> owner_;
  const char* data_ = nullptr;
  size_t size_ = 0;
};

} // namespace troupe
