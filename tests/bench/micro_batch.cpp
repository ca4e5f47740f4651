// Record batches and checksums.

#include <cstring>

#include "actors/protocol/crc32c.hpp"
#include "actors/protocol/record_batch.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/micro.hpp"

namespace troupe::bench {

namespace {

using ::benchmark::DoNotOptimize;
using ::benchmark::State;

constexpr size_t records_a_batch = 500;

std::vector<record> some_records() {
  std::vector<record> result(records_a_batch);
  for (auto& x : result) {
    x.value = bytes{std::string(100, 'x')};
    x.timestamp_ms = 1;
  }
  return result;
}

/// The same bytes copied.
micro_function copying(size_t size) {
  return [size](State& state) {
    std::string from(size, 'x');
    std::string to(size, 'y');
    for (auto _ : state) {
      std::memcpy(to.data(), from.data(), size);
      DoNotOptimize(to.data());
      ::benchmark::ClobberMemory();
    }
  };
}

void checksum(State& state) {
  auto batch = make_batch(some_records());
  for (auto _ : state)
    DoNotOptimize(checksum_of(batch));
}

void encode(State& state) {
  auto records = some_records();
  for (auto _ : state)
    DoNotOptimize(make_batch(records));
}

void check(State& state) {
  auto batch = make_batch(some_records());
  for (auto _ : state)
    DoNotOptimize(check_batch(batch));
}

void walk(State& state) {
  bytes encoded{encode_batch(make_batch(some_records()))};
  for (auto _ : state) {
    auto batch = must(parse_batch(encoded));
    record_reader records{batch};
    placed_record one;
    while (records.next(one))
      DoNotOptimize(one.offset);
  }
}

} // namespace

void add_batch_benchmarks(std::vector<micro_benchmark>& to) {
  auto size = make_batch(some_records()).encoded_bytes();
  auto n = static_cast<double>(records_a_batch);
  to.push_back({"CRC-32C of a batch of 500 records of 100 B", checksum,
                "memcpy", copying(size), 1, "batch"});
  to.push_back({"encode a batch of 500 records of 100 B", encode, "memcpy",
                copying(size), n, "record"});
  to.push_back({"check a batch of 500 records of 100 B", check, "its CRC-32C",
                checksum, n, "record"});
  to.push_back({"parse a batch of 500 records of 100 B", walk, "memcpy",
                copying(size), n, "record"});
}

} // namespace troupe::bench
