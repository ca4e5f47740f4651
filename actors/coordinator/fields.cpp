#include "actors/coordinator/fields.hpp"

#include <bit>

namespace troupe {

field_writer& field_writer::add(int64_t x) {
  auto rest = (static_cast<uint64_t>(x) << 1) ^ static_cast<uint64_t>(x >> 63);
  for (; rest >= 0x80; rest >>= 7)
    buffer_ += static_cast<char>(rest | 0x80);
  buffer_ += static_cast<char>(rest);
  return *this;
}

field_writer& field_writer::add(bool x) {
  buffer_ += static_cast<char>(x);
  return *this;
}

field_writer& field_writer::add(double x) {
  add_fixed(std::bit_cast<uint64_t>(x));
  return *this;
}

field_writer& field_writer::add(std::string_view x) {
  add(static_cast<int64_t>(x.size()));
  buffer_ += x;
  return *this;
}

field_writer& field_writer::add(const uuid& x) {
  add_fixed(x.high);
  add_fixed(x.low);
  return *this;
}

field_writer& field_writer::add(const topic_partition& x) {
  return add(x.topic).add(int64_t{x.partition});
}

void field_writer::add_fixed(uint64_t x) {
  for (int shift = 56; shift >= 0; shift -= 8)
    buffer_ += static_cast<char>(x >> shift);
}

int64_t field_reader::integer() {
  uint64_t result = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    result |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80)
      return static_cast<int64_t>(result >> 1)
             ^ -static_cast<int64_t>(result & 1);
  }
  fail();
  return 0;
}

bool field_reader::flag() {
  if (rest_.empty()) {
    fail();
    return false;
  }
  auto result = rest_.front() != 0;
  rest_.remove_prefix(1);
  return result;
}

double field_reader::real() {
  return std::bit_cast<double>(fixed());
}

std::string field_reader::text() {
  auto size = count();
  std::string result{rest_.substr(0, size)};
  rest_.remove_prefix(size);
  return result;
}

uuid field_reader::id() {
  auto high = fixed();
  return {high, fixed()};
}

topic_partition field_reader::partition() {
  auto topic = id();
  return {topic, static_cast<int32_t>(integer())};
}

size_t field_reader::count() {
  auto result = integer();
  if (result < 0 || static_cast<uint64_t>(result) > rest_.size()) {
    fail();
    return 0;
  }
  return static_cast<size_t>(result);
}

uint64_t field_reader::fixed() {
  if (rest_.size() < 8) {
    fail();
    return 0;
  }
  uint64_t result = 0;
  for (size_t i = 0; i < 8; ++i)
    result = result << 8 | static_cast<uint8_t>(rest_[i]);
  rest_.remove_prefix(8);
  return result;
}

void field_reader::fail() {
  is_ok_ = false;
  rest_ = {};
}

} // namespace troupe
