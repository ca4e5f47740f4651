// The log by itself: what checking, indexing and keeping state cost beside
// writing and reading the same bytes.

#include <fmt/format.h>

#include "actors/storage/log.hpp"
#include "runtime/posix_files.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/bounds.hpp"

namespace troupe::bench {

namespace {

using aim = figure::aim;

constexpr size_t record_bytes = 1024;
constexpr size_t fetch_bytes = 256 * 1024;
constexpr double append_aim = 0.6;

record_batch batch_of(size_t records) {
  std::vector<record> some(records);
  for (auto& x : some) {
    x.value = bytes{std::string(record_bytes, 'x')};
    x.timestamp_ms = 1;
  }
  return make_batch(some);
}

std::unique_ptr<storage::log> open_log(const std::string& directory) {
  return must(storage::log::open(std::make_shared<posix_files>(directory),
                                 "log", topic_settings{}, 0));
}

/// Bytes a second that a partition appends: checked, then written.
double append_rate(storage::log& log, const record_batch& batch,
                   uint64_t bytes) {
  auto count = bytes / batch.encoded_bytes();
  auto seconds = seconds_of([&] {
    for (uint64_t i = 0; i < count; ++i) {
      auto copy = batch;
      must(check_batch(copy));
      must(log.append(copy, 0));
    }
  });
  return static_cast<double>(count * batch.encoded_bytes()) / seconds;
}

double read_rate(const storage::log& log) {
  uint64_t bytes = 0;
  auto seconds = seconds_of([&] {
    for (auto at = log.start(); at < log.end();) {
      auto batches = must(log.read(at, fetch_bytes));
      for (const auto& x : batches)
        bytes += x.encoded_bytes();
      at = batches.back().header.last_offset() + 1;
    }
  });
  return static_cast<double>(bytes) / seconds;
}

double mb(const samples& x) {
  return x.median() / 1e6;
}

void measure(context& ctx, size_t records_a_batch) {
  auto batch = batch_of(records_a_batch);
  auto bytes = ctx.pick<uint64_t>(256 << 20, 64 << 20);
  samples appended, read, written, bare_read, copied;
  for (size_t round = 0; round < ctx.rounds(); ++round) {
    auto directory = ctx.fresh_directory("log");
    written.add(
      write_bytes_per_second(directory, batch.encoded_bytes(), bytes));
    auto log = open_log(directory);
    appended.add(append_rate(*log, batch, bytes));
    read.add(read_rate(*log));
    bare_read.add(read_bytes_per_second(directory, fetch_bytes, bytes));
    copied.add(memcpy_bytes_per_second());
    must(log->close());
  }
  auto name = fmt::format("1 KiB records, {} a batch", records_a_batch);
  ctx.add({name + ", checked and appended",
           "MB/s",
           mb(appended),
           {{"write()", mb(written)}, {"memcpy", mb(copied)}},
           aim{aim::kind::at_least, append_aim, true}});
  ctx.add({name + ", read",
           "MB/s",
           mb(read),
           {{"read()", mb(bare_read)}, {"memcpy", mb(copied)}},
           {}});
}

} // namespace

void run_log_bench(context& ctx) {
  for (size_t records_a_batch : {1, 60})
    measure(ctx, records_a_batch);
}

} // namespace troupe::bench
