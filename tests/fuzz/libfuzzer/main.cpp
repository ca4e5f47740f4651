// One target as a libFuzzer program: TROUPE_FUZZ_TARGET names it.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "tests/fuzz/targets/target.hpp"

namespace {

const troupe::fuzz::target& subject() {
  static const auto& result = troupe::fuzz::find_target(TROUPE_FUZZ_TARGET);
  return result;
}

} // namespace

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t size_max);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  subject().run({reinterpret_cast<const char*>(data), size});
  return 0;
}

/// Most changes get their checksums put right, or none would get past them.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size,
                                          size_t size_max, unsigned int seed) {
  size = LLVMFuzzerMutate(data, size, size_max);
  if (!subject().repair || seed % 8 == 0)
    return size;
  auto repaired =
    subject().repair(std::string{reinterpret_cast<const char*>(data), size});
  if (repaired.size() > size_max)
    return size;
  std::memcpy(data, repaired.data(), repaired.size());
  return repaired.size();
}
