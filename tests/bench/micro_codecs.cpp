// Compression of batches, each codec at its default level.

#include <cstring>
#include <random>

#include <fmt/format.h>

#include "actors/protocol/compression.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/micro.hpp"

namespace troupe::bench {

namespace {

using ::benchmark::DoNotOptimize;
using ::benchmark::State;

constexpr size_t size = 64 * kib;

/// JSON as applications post it.
std::string events() {
  std::mt19937 random{7};
  std::string result;
  while (result.size() < size)
    result += fmt::format(R"({{"user":"user-{}","event":"delivered",)"
                          R"("parcel":"{}","box":{}}})",
                          random() % 100'000, random(), random() % 100);
  result.resize(size);
  return result;
}

void copy(State& state) {
  auto from = events();
  std::string to(size, 'y');
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), size);
    DoNotOptimize(to.data());
    ::benchmark::ClobberMemory();
  }
}

} // namespace

void add_codec_benchmarks(std::vector<micro_benchmark>& to) {
  constexpr auto kibs = static_cast<double>(size / kib);
  for (auto how : {codec::gzip, codec::snappy, codec::lz4, codec::zstd}) {
    auto packed = compress({how}, events());
    auto gain = static_cast<double>(size) / static_cast<double>(packed.size());
    to.push_back({fmt::format("compress 64 KiB of JSON by {}, to 1/{:.1f}",
                              to_string(how), gain),
                  [how](State& state) {
                    auto content = events();
                    for (auto _ : state)
                      DoNotOptimize(compress({how}, content));
                  },
                  "memcpy", copy, kibs, "KiB"});
    to.push_back(
      {fmt::format("decompress 64 KiB of JSON by {}", to_string(how)),
       [how, packed](State& state) {
         for (auto _ : state)
           DoNotOptimize(must(decompress(how, packed.view(), size)));
       },
       "memcpy", copy, kibs, "KiB"});
  }
}

} // namespace troupe::bench
