#include "actors/protocol/fields.hpp"

#include <bit>
#include <limits>

#include "actors/protocol/encoding.hpp"

namespace troupe {

field_writer& field_writer::add(int64_t x) {
  put_varint(buffer_, x);
  return *this;
}

field_writer& field_writer::add(bool x) {
  buffer_ += static_cast<char>(x);
  return *this;
}

field_writer& field_writer::add(double x) {
  put_big_endian(buffer_, std::bit_cast<uint64_t>(x));
  return *this;
}

field_writer& field_writer::add(std::string_view x) {
  add(static_cast<int64_t>(x.size()));
  buffer_ += x;
  return *this;
}

field_writer& field_writer::add(const uuid& x) {
  put_big_endian(buffer_, x.high);
  put_big_endian(buffer_, x.low);
  return *this;
}

field_writer& field_writer::add(const topic_partition& x) {
  return add(x.topic).add(int64_t{x.partition});
}

int64_t field_reader::integer() {
  if (is_ok_)
    if (auto result = get_varint(buffer_, position_))
      return *result;
  is_ok_ = false;
  return 0;
}

int32_t field_reader::small_integer() {
  using limits = std::numeric_limits<int32_t>;
  return static_cast<int32_t>(between(limits::min(), limits::max()));
}

bool field_reader::flag() {
  return has(1) && buffer_[position_++] != 0;
}

double field_reader::real() {
  return std::bit_cast<double>(fixed());
}

std::string field_reader::text() {
  auto size = count();
  std::string result{buffer_.substr(position_, size)};
  position_ += size;
  return result;
}

uuid field_reader::id() {
  auto high = fixed();
  return {high, fixed()};
}

topic_partition field_reader::partition() {
  auto topic = id();
  return {topic, small_integer()};
}

size_t field_reader::count() {
  auto result = integer();
  auto left = buffer_.size() - position_;
  is_ok_ = is_ok_ && result >= 0 && static_cast<uint64_t>(result) <= left;
  return is_ok_ ? static_cast<size_t>(result) : 0;
}

int64_t field_reader::between(int64_t first, int64_t last) {
  auto result = integer();
  if (result >= first && result <= last)
    return result;
  is_ok_ = false;
  return 0;
}

uint64_t field_reader::fixed() {
  if (!has(8))
    return 0;
  auto result = get_big_endian<uint64_t>(buffer_, position_);
  position_ += 8;
  return result;
}

bool field_reader::has(size_t size) {
  is_ok_ = is_ok_ && buffer_.size() - position_ >= size;
  return is_ok_;
}

} // namespace troupe
