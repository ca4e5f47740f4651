#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace troupe::explore {

/// 128 bits that stand for bytes: two that differ have the same digest with a
/// chance of one in 10^20 over all worlds of a large run.
struct digest {
  uint64_t low = 0;
  uint64_t high = 0;

  friend bool operator==(const digest&, const digest&) = default;
};

/// Mixes bytes in, eight at a time. Multiply and fold, after wyhash.
class digester {
public:
  template <class T>
  void add(const T& x) {
    static_assert(std::has_unique_object_representations_v<T>);
    const auto* bytes = reinterpret_cast<const unsigned char*>(&x);
    size_t i = 0;
    for (; i + 8 <= sizeof(T); i += 8)
      mix(bytes + i, 8);
    if (i < sizeof(T))
      mix(bytes + i, sizeof(T) - i);
  }

  digest result() const {
    return {fold(low_ ^ 0x8EBC6AF09C88C6E3u, high_ | 1),
            fold(high_ ^ 0x589965CC75374CC3u, low_ | 1)};
  }

private:
  __extension__ using wide = unsigned __int128;

  static uint64_t fold(uint64_t x, uint64_t y) {
    auto product = static_cast<wide>(x) * y;
    return static_cast<uint64_t>(product)
           ^ static_cast<uint64_t>(product >> 64);
  }

  void mix(const unsigned char* bytes, size_t count) {
    uint64_t word = 0;
    std::memcpy(&word, bytes, count);
    low_ = fold(low_ ^ word, 0xA0761D6478BD642Fu);
    high_ = fold(std::rotl(high_, 23) ^ word, 0xE7037ED1A0B428DBu);
  }

  uint64_t low_ = 0x1D8E4E27C47D124Fu;
  uint64_t high_ = 0xEB44ACCAB455D165u;
};

template <class... Ts>
digest digest_of(const Ts&... xs) {
  digester result;
  (result.add(xs), ...);
  return result.result();
}

} // namespace troupe::explore
