#pragma once

#include <cstring>
#include <vector>

#include "tests/actors/coordinator/explore/state.hpp"

namespace troupe::explore {

/// Worlds one after the other, without the zeros that they are full of: per
/// eight words a byte that says which are not zero, per word one for its bytes.
class packed_worlds {
public:
  void push(const world& x) {
    const auto* bytes = reinterpret_cast<const u8*>(&x);
    for (size_t word = 0; word < words; word += 8) {
      auto mark = bytes_.size();
      bytes_.push_back(0);
      for (size_t i = 0; i < 8 && word + i < words; ++i)
        if (push_word(bytes, (word + i) * 8))
          bytes_[mark] |= bit(i);
    }
  }

  /// Reads from the beginning on, each one once.
  world next() {
    world result;
    auto* bytes = reinterpret_cast<u8*>(&result);
    std::memset(bytes, 0, sizeof(world));
    for (size_t word = 0; word < words; word += 8) {
      auto mark = bytes_[at_++];
      for (size_t i = 0; i < 8; ++i)
        if (has(mark, i))
          read_word(bytes, (word + i) * 8);
    }
    return result;
  }

  bool is_at_end() const {
    return at_ == bytes_.size();
  }

  size_t bytes() const {
    return bytes_.capacity();
  }

private:
  static constexpr size_t words = (sizeof(world) + 7) / 8;

  bool push_word(const u8* from, size_t begin) {
    auto mark = bytes_.size();
    u8 used = 0;
    for (size_t i = 0; i < 8 && begin + i < sizeof(world); ++i)
      if (from[begin + i] != 0) {
        if (used == 0)
          bytes_.push_back(0);
        bytes_.push_back(from[begin + i]);
        used |= bit(i);
      }
    if (used != 0)
      bytes_[mark] = used;
    return used != 0;
  }

  void read_word(u8* to, size_t begin) {
    auto used = bytes_[at_++];
    for (size_t i = 0; i < 8; ++i)
      if (has(used, i))
        to[begin + i] = bytes_[at_++];
  }

  std::vector<u8> bytes_;
  size_t at_ = 0;
};

} // namespace troupe::explore
