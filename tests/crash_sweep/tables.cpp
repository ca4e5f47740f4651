// Groups' positions and the topics are what their logs say: after a crash at
// any I/O, replaying the log gives a state that the live one had, none older
// than the last that was acknowledged (invariants I5 and I7).
#include <fmt/format.h>

#include "actors/controller/metadata.hpp"
#include "actors/controller/replay.hpp"
#include "actors/offset_store/shard_table.hpp"
#include "actors/storage/log.hpp"
#include "tests/catch.hpp"
#include "tests/crash_sweep/sweep.hpp"

using namespace troupe;
using namespace troupe::crash_sweep;

namespace {

constexpr int64_t t0 = 1'700'000'000'000;
constexpr const char* directory = "a";
constexpr int operations = 2'000;

std::unique_ptr<storage::log> open(const disk_ptr& disk,
                                   const topic_settings& settings,
                                   int64_t now = t0) {
  auto result = storage::log::open(disk, directory, settings, now);
  if (!result)
    FAIL(what(result.error()));
  return std::move(*result);
}

void sync(storage::log& x) {
  auto job = x.to_sync();
  REQUIRE_FALSE(storage::sync_all(job.files));
  x.synced(job.up_to);
}

/// What a shard makes of its log, as `offset_store` reads it.
shard_table replay_shard(const storage::log& x) {
  shard_table result;
  for (auto offset = x.start(); offset < x.end();) {
    auto batches = x.read(offset, 64 * kib);
    if (!batches)
      FAIL(what(batches.error()));
    for (const auto& batch : *batches) {
      auto records = read_records(batch);
      REQUIRE(records);
      for (const auto& one : *records)
        REQUIRE_FALSE(result.apply(one.content));
      offset = batch.header.last_offset() + 1;
    }
  }
  return result;
}

/// A write of a few keys of a group, some of them removals.
std::vector<record> shard_write(std::mt19937_64& random, int64_t now) {
  std::vector<record> result;
  auto group = "group " + std::to_string(random() % 4);
  for (auto n = 1 + random() % 3; n > 0; --n) {
    keyed_record one;
    one.key = "key " + std::to_string(random() % 6);
    if (random() % 5 != 0)
      one.value = bytes{"position " + std::to_string(random() % 100'000)};
    result.push_back(encode_shard_record(group, one, now));
  }
  return result;
}

} // namespace

TEST_CASE("a shard survives a crash at every I/O of 2,000 operations") {
  auto disk = std::make_shared<simulation::memory_files>();
  topic_settings settings;
  settings.cleanup = cleanup_policy::compact;
  settings.segment_bytes = 1'500;
  settings.index_interval_bytes = 300;
  settings.tombstone_retention = 50ms;
  // By the end of the log; -1: no state ends there.
  std::vector<int> state_at = {0};
  std::vector<shard_table> states(1);
  int64_t durable = 0;
  auto x = open(disk, settings);
  sweeper sweep{
    disk, 1, [&](const disk_ptr& left, point& at) {
      INFO("I/O " << at.io << " on " << at.path << ", " << to_string(at.how));
      if (at.random() % 4 == 0)
        crash_again(left, at,
                    [&] { storage::log::open(left, directory, settings, t0); });
      auto after = open(left, settings);
      REQUIRE(after->end() >= durable);
      REQUIRE(after->end() < static_cast<int64_t>(state_at.size()));
      auto which = state_at[static_cast<size_t>(after->end())];
      REQUIRE(which >= 0);
      REQUIRE(replay_shard(*after) == states[static_cast<size_t>(which)]);
    }};
  std::mt19937_64 random{2};
  auto now = t0;
  for (int i = 0; i < operations; ++i, ++now) {
    if (random() % 25 == 0) {
      for (auto more = true; more;) {
        auto compacted = x->compact(now, 2'000);
        REQUIRE(compacted);
        more = *compacted;
      }
      continue;
    }
    auto records = shard_write(random, now);
    states.push_back(states.back());
    for (const auto& one : records)
      REQUIRE_FALSE(states.back().apply(one));
    // Written before it is durable: it may be there after all.
    state_at.resize(state_at.size() + records.size(), -1);
    state_at.back() = static_cast<int>(states.size()) - 1;
    auto batch = make_batch(records);
    REQUIRE(x->append(batch, now));
    sync(*x);
    durable = x->end();
  }
  REQUIRE(replay_shard(*x) == states.back());
  fmt::print("shard: {} I/Os, {} crashes\n", sweep.done.ios,
             sweep.done.crashes);
}

TEST_CASE("the metadata survive a crash at every I/O of 2,000 operations") {
  auto disk = std::make_shared<simulation::memory_files>();
  topic_settings settings;
  const metadata_rules rules{{1, 2}, 10'000, 50};
  // By the number of commands.
  std::vector<metadata> states = {metadata{rules}};
  int64_t durable = 0;
  auto x = open(disk, settings);
  // Nothing of this log ever goes: it is read whole each time.
  sweeper sweep{
    disk, 11, [&](const disk_ptr& left, point& at) {
      INFO("I/O " << at.io << " on " << at.path << ", " << to_string(at.how));
      if (at.random() % 4 == 0)
        crash_again(left, at,
                    [&] { storage::log::open(left, directory, settings, t0); });
      auto after = open(left, settings);
      REQUIRE(after->end() >= durable);
      REQUIRE(after->end() < static_cast<int64_t>(states.size()));
      metadata found{rules};
      auto failure = replay(*after, found);
      INFO(what(failure));
      REQUIRE_FALSE(failure);
      REQUIRE(found == states[static_cast<size_t>(after->end())]);
    }};
  std::mt19937_64 random{3};
  for (int i = 0; i < operations; ++i) {
    auto live = states.back();
    auto topic = "topic-" + std::to_string(random() % 20);
    auto plan = live.plan_create({topic, 3, {}}, false);
    if (!plan)
      plan = random() % 2 == 0 ? live.plan_delete(topic)
                               : live.plan_configure(topic, settings);
    if (random() % 10 == 0)
      plan = live.plan_reserve(1'000);
    REQUIRE(plan);
    REQUIRE(live.apply(*plan, x->leader_epoch()));
    states.push_back(live);
    auto batch = make_batch({{{}, bytes{encode_command(*plan)}, {}, t0}});
    REQUIRE(x->append(batch, t0));
    if (random() % 3 == 0) {
      sync(*x);
      durable = x->end();
    }
    if (random() % 200 == 0) {
      REQUIRE_FALSE(x->close());
      durable = x->end();
      x = open(disk, settings);
    }
  }
  fmt::print("metadata: {} I/Os, {} crashes\n", sweep.done.ios,
             sweep.done.crashes);
}
