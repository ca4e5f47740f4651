#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <utility>

#include "actors/protocol/bytes.hpp"

namespace troupe::codecs {

/// Where bytes of a size that is not known come together: it grows as they
/// come, and by one byte at most above its bound, which is how `is_over`
/// notices. What is reserved and not used costs no memory.
class output_buffer {
public:
  explicit output_buffer(size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Makes room for `size` bytes in all, as far as the bound allows.
  void reserve(size_t size);

  /// Makes room for one more byte at least; not after `is_over`.
  void make_room();

  char* free_begin() noexcept {
    return data_.get() + size_;
  }

  size_t free_bytes() const noexcept {
    return capacity_ - size_;
  }

  /// `count` bytes were written to `free_begin()`.
  void add(size_t count) noexcept {
    size_ += count;
  }

  size_t size() const noexcept {
    return size_;
  }

  size_t bytes_max() const noexcept {
    return bytes_max_;
  }

  /// More was to come than the bound allows.
  void overflow() noexcept {
    size_ = bytes_max_ + 1;
  }

  bool is_over() const noexcept {
    return size_ > bytes_max_;
  }

  /// What was written; the buffer is not to be used any more.
  bytes take();

private:
  struct release {
    void operator()(char* x) const noexcept {
      std::free(x);
    }
  };

  void resize(size_t capacity);

  size_t bytes_max_;
  size_t size_ = 0;
  size_t capacity_ = 0;
  std::unique_ptr<char, release> data_;
};

} // namespace troupe::codecs
