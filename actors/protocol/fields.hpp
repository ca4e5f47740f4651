#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "actors/protocol/ids.hpp"

namespace troupe {

/// Writes the fields of a record one after the other: integers as zigzag
/// varints, strings with their length before them, ids and reals in eight
/// bytes each half.
class field_writer {
public:
  field_writer& add(int64_t x);
  field_writer& add(bool x);
  field_writer& add(double x);
  field_writer& add(std::string_view x);
  field_writer& add(const uuid& x);
  field_writer& add(const topic_partition& x);

  // Would be taken for a bool.
  field_writer& add(const char* x) = delete;

  std::string take() {
    return std::move(buffer_);
  }

private:
  std::string buffer_;
};

/// Reads fields in the order in which they were written. After damage, or
/// beyond the end, all reads give zeros and `is_complete` is false.
class field_reader {
public:
  explicit field_reader(std::string_view buffer) : buffer_(buffer) {}

  int64_t integer();
  /// From `first` to `last`; all else is damage.
  int64_t between(int64_t first, int64_t last);
  int32_t small_integer();
  bool flag();
  double real();
  std::string text();
  uuid id();
  topic_partition partition();

  /// One of the enumerators up to `last`, the first one being 0.
  template <class Enum>
  Enum enumerator(Enum last) {
    return static_cast<Enum>(between(0, static_cast<int64_t>(last)));
  }

  /// A number of elements, each of at least one byte: never more than what is
  /// left, so that damage cannot ask for memory.
  size_t count();

  bool is_ok() const noexcept {
    return is_ok_;
  }

  /// Everything was read, and was in order.
  bool is_complete() const noexcept {
    return is_ok_ && position_ == buffer_.size();
  }

private:
  uint64_t fixed();
  bool has(size_t size);

  std::string_view buffer_;
  size_t position_ = 0;
  bool is_ok_ = true;
};

} // namespace troupe
