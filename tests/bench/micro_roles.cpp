// What partitions and consumers keep of batches and records.

#include <deque>
#include <unordered_map>

#include "actors/consumer/in_flight.hpp"
#include "actors/partition/producer_table.hpp"
#include "actors/partition/tail_cache.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/micro.hpp"

namespace troupe::bench {

namespace {

using ::benchmark::DoNotOptimize;
using ::benchmark::State;

constexpr size_t records_a_batch = 500;
constexpr int64_t producers = 1'000;
constexpr uint64_t tail_bytes = 1 << 20;

record_batch some_batch() {
  std::vector<record> some(records_a_batch);
  for (auto& x : some) {
    x.value = bytes{std::string(100, 'x')};
    x.timestamp_ms = 1;
  }
  return make_batch(some);
}

/// Fetched, handed out and finished, record by record.
void flight(State& state) {
  auto batch = some_batch();
  for (auto _ : state) {
    in_flight feed{{{}, "t", 0}, 1 << 20, 1 << 18};
    feed.take(0, {batch});
    while (auto* x = feed.next(caf::timespan{1})) {
      DoNotOptimize(x->offset);
      feed.hand(1);
      feed.finish();
    }
  }
}

void walk(State& state) {
  auto batch = some_batch();
  for (auto _ : state) {
    record_reader records{batch};
    placed_record one;
    while (records.next(one))
      DoNotOptimize(one.offset);
  }
}

/// A batch of each of many producers in turn.
void table(State& state) {
  producer_table known{static_cast<uint32_t>(producers)};
  batch_header x;
  x.record_count = 1;
  int64_t i = 0;
  for (auto _ : state) {
    x.producer_id = i % producers;
    x.base_sequence = static_cast<int32_t>(i / producers);
    x.producer_epoch = 0;
    x.base_offset = i++;
    DoNotOptimize(must(known.check(x)));
    known.add(x);
  }
}

void hash_map(State& state) {
  std::unordered_map<int64_t, known_batch> known;
  int64_t i = 0;
  for (auto _ : state) {
    known[i % producers] = known_batch{0, 0, i, i};
    ++i;
  }
  DoNotOptimize(known.size());
}

/// A batch comes, a reader at the end gets it.
void tail(State& state) {
  tail_cache cache{tail_bytes};
  auto batch = some_batch();
  int64_t next = 0;
  for (auto _ : state) {
    batch.header.base_offset = next;
    cache.add(batch);
    DoNotOptimize(cache.read(next, 1 << 18));
    next = batch.header.last_offset() + 1;
  }
}

void queue(State& state) {
  std::deque<record_batch> batches;
  auto batch = some_batch();
  for (auto _ : state) {
    batches.push_back(batch);
    std::vector<record_batch> found{batches.back()};
    DoNotOptimize(found.data());
    if (batches.size() > tail_bytes / batch.encoded_bytes())
      batches.pop_front();
  }
}

} // namespace

void add_role_benchmarks(std::vector<micro_benchmark>& to) {
  to.push_back({"in_flight: take, hand, finish", flight, "reading the records",
                walk, static_cast<double>(records_a_batch), "record"});
  to.push_back({"producer_table: check and add, 1,000 producers", table,
                "std::unordered_map", hash_map, 1, "batch"});
  to.push_back(
    {"tail_cache: add and read", tail, "std::deque", queue, 1, "batch"});
}

} // namespace troupe::bench
