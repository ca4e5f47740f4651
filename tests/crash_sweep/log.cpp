// Whatever a log is doing, the power may go: it must open to a beginning of
// what was appended, with all that was acknowledged (invariant I5).
#include <fmt/format.h>

#include "actors/storage/log.hpp"
#include "tests/catch.hpp"
#include "tests/crash_sweep/sweep.hpp"

using namespace troupe;
using namespace troupe::crash_sweep;

namespace {

constexpr int64_t t0 = 1'700'000'000'000;
constexpr const char* directory = "topics/a/0";
constexpr int operations = 2'000;

/// What was promised of the log.
struct promises {
  std::vector<std::string> values;
  int64_t durable = 0;
  /// Records below may be gone; those from `start_max` on may not.
  int64_t start_max = 0;
};

std::unique_ptr<storage::log> open(const disk_ptr& disk,
                                   const topic_settings& settings) {
  auto result = storage::log::open(disk, directory, settings, t0);
  if (!result)
    FAIL(what(result.error()));
  return std::move(*result);
}

void check_log(storage::log& x, const promises& given) {
  if (x.end() < given.durable || x.start() > given.start_max
      || x.end() > static_cast<int64_t>(given.values.size()))
    FAIL(fmt::format("has {} to {}, promised {} to {}", x.start(), x.end(),
                     given.start_max, given.durable));
  for (auto offset = x.start(); offset < x.end();) {
    auto batches = x.read(offset, 4096);
    if (!batches)
      FAIL(what(batches.error()));
    for (const auto& batch : *batches) {
      auto records = read_records(batch);
      REQUIRE(records);
      for (const auto& one : *records)
        if (one.content.value.view()
            != given.values.at(static_cast<size_t>(one.offset)))
          FAIL(fmt::format("offset {} has another value", one.offset));
      offset = batch.header.last_offset() + 1;
    }
  }
}

caf::error sync(storage::log& x) {
  auto job = x.to_sync();
  if (auto failure = storage::sync_all(job.files)) {
    x.sync_failed();
    return failure;
  }
  x.synced(job.up_to);
  return caf::none;
}

record_batch some_records(std::mt19937_64& random, promises& given) {
  std::vector<record> records;
  for (auto n = 1 + random() % 3; n > 0; --n) {
    // Some longer than a block, so that blocks are lost within a batch.
    auto size = random() % 8 == 0 ? 1500 : 20 + random() % 60;
    std::string value(size, static_cast<char>('a' + random() % 26));
    given.values.push_back(value);
    records.push_back({{}, bytes{std::move(value)}, {}, t0});
  }
  return make_batch(records);
}

/// One more operation of the workload.
void work(std::unique_ptr<storage::log>& x, const disk_ptr& disk,
          const topic_settings& settings, std::mt19937_64& random,
          promises& given) {
  auto what_now = random() % 40;
  if (what_now < 10) {
    REQUIRE_FALSE(sync(*x));
    given.durable = x->end();
  } else if (what_now == 10) {
    // Retention may remove all but the active segment.
    given.start_max = x->end();
    REQUIRE(x->retain(t0));
    given.start_max = x->start();
  } else if (what_now == 11) {
    auto offset =
      x->start()
      + static_cast<int64_t>(
        random() % static_cast<uint64_t>(x->end() - x->start() + 1));
    given.start_max = std::max(given.start_max, offset);
    REQUIRE_FALSE(x->delete_before(offset));
  } else if (what_now == 12) {
    REQUIRE_FALSE(x->begin_epoch(x->leader_epoch() + 1));
  } else if (what_now == 13) {
    REQUIRE_FALSE(x->close());
    given.durable = x->end();
    x = open(disk, settings);
  } else {
    auto batch = some_records(random, given);
    REQUIRE(x->append(batch, t0));
  }
}

} // namespace

TEST_CASE("a log survives a crash at every I/O of 2,000 operations") {
  auto disk = std::make_shared<simulation::memory_files>();
  topic_settings settings;
  settings.segment_bytes = 4'000;
  settings.index_interval_bytes = 500;
  settings.retention_bytes = 12'000;
  promises given;
  std::mt19937_64 random{1};
  auto x = open(disk, settings);
  sweeper sweep{
    disk, 1, [&](const disk_ptr& left, point& at) {
      INFO("I/O " << at.io << " on " << at.path << ", " << to_string(at.how));
      if (at.random() % 4 == 0)
        crash_again(left, at,
                    [&] { storage::log::open(left, directory, settings, t0); });
      auto after = open(left, settings);
      check_log(*after, given);
      // It goes on where it is, and what it says is durable stays.
      auto next = given;
      next.values.resize(static_cast<size_t>(after->end()));
      auto batch = some_records(at.random, next);
      REQUIRE(after->append(batch, t0));
      REQUIRE_FALSE(sync(*after));
      next.durable = after->end();
      next.start_max = after->start();
      after.reset();
      left->crash();
      check_log(*open(left, settings), next);
    }};
  for (int i = 0; i < operations; ++i)
    work(x, disk, settings, random, given);
  fmt::print("log: {} I/Os, {} crashes\n", sweep.done.ios, sweep.done.crashes);
  CHECK(sweep.done.ios > operations);
}
