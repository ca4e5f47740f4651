#include "actors/protocol/codecs/output_buffer.hpp"

#include <algorithm>
#include <new>

namespace troupe::codecs {

namespace {

constexpr size_t first_capacity = 4096;

} // namespace

void output_buffer::reserve(size_t size) {
  if (auto wanted = std::min(size, bytes_max_ + 1); wanted > capacity_)
    resize(wanted);
}

void output_buffer::make_room() {
  if (size_ == capacity_)
    resize(std::min(std::max(2 * capacity_, first_capacity), bytes_max_ + 1));
}

bytes output_buffer::take() {
  // Not null, though it may be empty.
  resize(std::max<size_t>(size_, 1));
  const auto* first = data_.get();
  std::shared_ptr<const char> owner{std::move(data_)};
  return {std::move(owner), first, size_};
}

void output_buffer::resize(size_t capacity) {
  auto* moved = static_cast<char*>(std::realloc(data_.get(), capacity));
  if (!moved)
    throw std::bad_alloc{};
  static_cast<void>(data_.release());
  data_.reset(moved);
  capacity_ = capacity;
}

} // namespace troupe::codecs
