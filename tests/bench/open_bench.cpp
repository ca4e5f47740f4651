// How long a node's start takes for a log of ten million records: after a clean
// stop, and after a kill, when what was not synced has to be looked through.

#include <fmt/format.h>

#include "actors/storage/log.hpp"
#include "runtime/posix_files.hpp"
#include "tests/bench/apart.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/bounds.hpp"

namespace troupe::bench {

namespace {

using aim = figure::aim;

constexpr size_t records_a_batch = 500;

/// Bytes between two syncs, as many as partitions sync at once under load.
constexpr uint64_t sync_interval_bytes = 1 << 20;

std::unique_ptr<storage::log> open_log(const std::string& directory) {
  return must(storage::log::open(std::make_shared<posix_files>(directory),
                                 "log", topic_settings{}, 0));
}

record_batch some_records() {
  std::vector<record> some(records_a_batch);
  for (auto& x : some) {
    x.value = bytes{std::string(100, 'x')};
    x.timestamp_ms = 1;
  }
  return make_batch(some);
}

void sync(storage::log& log) {
  auto job = log.to_sync();
  must(storage::sync_all(job.files));
  log.synced(job.up_to);
}

/// Appends until the log has `records`; synced now and then, or never.
void fill(const std::string& directory, int64_t records, bool is_synced,
          bool is_stopped_clean) {
  auto log = open_log(directory);
  auto batch = some_records();
  uint64_t unsynced = 0;
  while (log->end() < records) {
    auto copy = batch;
    must(log->append(copy, 0));
    unsynced += copy.encoded_bytes();
    if (is_synced && unsynced >= sync_interval_bytes) {
      sync(*log);
      unsynced = 0;
    }
  }
  if (is_stopped_clean)
    must(log->close());
}

double open_ms(const std::string& directory) {
  std::unique_ptr<storage::log> log;
  auto seconds = seconds_of([&] { log = open_log(directory); });
  must(log->close());
  return seconds * 1e3;
}

} // namespace

void run_open_bench(context& ctx) {
  auto records = ctx.pick<int64_t>(10'000'000, 1'000'000);
  auto directory = ctx.fresh_directory("log");
  auto name = fmt::format("log of {} M records", records / 1'000'000);
  run_in_child("filling the log",
               [&] { fill(directory, records, true, true); });
  samples clean, killed, never_synced, reading;
  auto tail_bytes = 16 << 20;
  for (size_t round = 0; round < ctx.rounds(); ++round) {
    clean.add(open_ms(directory));
    // As many as come between two checkpoints, then gone without a word.
    records += tail_bytes / 110;
    run_in_child("appending to it",
                 [&] { fill(directory, records, true, false); });
    killed.add(open_ms(directory));
    reading.add(static_cast<double>(tail_bytes) * 1e3
                / read_bytes_per_second(ctx.directory, 1 << 20, tail_bytes));
  }
  ctx.add({name + ", opened after a clean stop", "ms", clean.median(), {}, {}});
  ctx.add({name + ", opened after a kill",
           "ms",
           killed.median(),
           {{"read() of the 16 MiB between two checkpoints", reading.median()}},
           {}});
  auto unsynced = ctx.pick<int64_t>(3'000'000, 500'000);
  directory = ctx.fresh_directory("unsynced");
  run_in_child("filling a log",
               [&] { fill(directory, unsynced, false, false); });
  auto bytes = static_cast<uint64_t>(unsynced) * 108;
  ctx.add({fmt::format("log of {} records, none synced, opened after a kill",
                       unsynced),
           "ms",
           open_ms(directory),
           {{"read() of all of it",
             static_cast<double>(bytes) * 1e3
               / read_bytes_per_second(ctx.directory, 1 << 20, bytes)}},
           {}});
}

} // namespace troupe::bench
