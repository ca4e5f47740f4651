#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actors/protocol/ids.hpp"

namespace troupe {

/// Writes the fields of a record one after the other: integers as zigzag
/// varints, strings with their length before them.
class field_writer {
public:
  field_writer& add(int64_t x);
  field_writer& add(bool x);
  field_writer& add(double x);
  field_writer& add(std::string_view x);
  field_writer& add(const uuid& x);
  field_writer& add(const topic_partition& x);

  field_writer& add(const char* x) = delete;

  std::string take() {
    return std::move(buffer_);
  }

private:
  void add_fixed(uint64_t x);

  std::string buffer_;
};

/// Reads fields in the order in which they were written. After damage, or
/// beyond the end, all reads give zeros and `is_ok` is false.
class field_reader {
public:
  explicit field_reader(std::string_view buffer) : rest_(buffer) {}

  int64_t integer();
  bool flag();
  double real();
  std::string text();
  uuid id();
  topic_partition partition();

  /// A number of elements, each of at least one byte: never more than what is
  /// left, so that damage cannot ask for memory.
  size_t count();

  bool is_ok() const noexcept {
    return is_ok_;
  }

  /// Everything was read, and was in order.
  bool is_complete() const noexcept {
    return is_ok_ && rest_.empty();
  }

private:
  uint64_t fixed();
  void fail();

  std::string_view rest_;
  bool is_ok_ = true;
};

} // namespace troupe
