// A shard on a real log, with power cuts at any moment: what was answered is
// there afterwards, every write whole or not at all, and every load is a new
// life (invariants I5 and I7).
#include <map>

#include "actors/offset_store/offset_store.hpp"
#include "actors/partition/partition.hpp"
#include "runtime/simulation/inline_flusher.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "tests/catch.hpp"
#include "tests/later.hpp"

using namespace troupe;
using namespace troupe::tests;

namespace {

struct fixture {
  explicit fixture(uint64_t seed) : sys(seed) {
    flusher = sys.spawn(simulation::inline_flusher);
    start();
  }

  void start() {
    topic_settings compacted;
    compacted.cleanup = cleanup_policy::compact;
    // Small, so that the compaction has something to do.
    compacted.segment_bytes = 500;
    partition_config parts;
    parts.name = "__commit_offsets-3";
    parts.disk = disk;
    parts.directory = "offsets";
    parts.topic = compacted;
    parts.flusher = flusher;
    parts.epoch = sys.epoch();
    log = sys.spawn(partition, parts);
    shard = sys.spawn(
      offset_store,
      offset_store_config{.shard = 3, .partition = log, .epoch = sys.epoch()});
  }

  /// A power cut, then a new start.
  void crash() {
    caf::anon_send_exit(shard, caf::exit_reason::kill);
    caf::anon_send_exit(log, caf::exit_reason::kill);
    disk->crash(sys.random());
    sys.run();
    start();
  }

  group_image load(const std::string& group) {
    auto image = sys.ask<group_image>(shard, load_atom_v, group);
    if (!image)
      FAIL(what(image.error()));
    return *image;
  }

  simulation::virtual_system sys;
  std::shared_ptr<simulation::memory_files> disk =
    std::make_shared<simulation::memory_files>();
  flusher_actor flusher;
  partition_actor log;
  offset_store_actor shard;
};

/// The number that a write put under both of its keys.
int number_in(const group_image& image) {
  if (image.records.empty())
    return -1;
  REQUIRE(image.records.size() == 2);
  CHECK(image.records[0].value == image.records[1].value);
  return std::stoi(image.records[0].value.str());
}

std::vector<keyed_record> rows(int number) {
  bytes value{std::to_string(number)};
  return {{"a", value}, {"b", value}};
}

/// A write, and whether it was answered with success.
struct attempt {
  std::string group;
  int number = 0;
  bool is_answered = false;
};

using attempts = std::shared_ptr<std::vector<attempt>>;

/// Sends the writes in their order, one at every tick, without waiting for
/// answers.
caf::behavior writer(caf::event_based_actor* self, offset_store_actor shard,
                     attempts todo, size_t next) {
  return {
    [=](tick_atom) mutable {
      auto i = next++;
      auto& x = todo->at(i);
      self->request(shard, caf::infinite, write_atom_v, x.group, rows(x.number))
        .then([=](caf::ok_atom) { todo->at(i).is_answered = true; },
              [](const caf::error&) {});
    },
  };
}

} // namespace

TEST_CASE("a shard loses nothing that it answered") {
  fixture f{GENERATE(range(uint64_t{1}, uint64_t{21}))};
  auto& random = f.sys.random();
  const std::vector<std::string> groups = {"sms", "mail", "push"};
  std::map<std::string, int> least;
  std::map<std::string, int32_t> life;
  std::map<std::string, int64_t> log_end;
  int number = 0;
  size_t answers = 0;
  for (auto& group : groups)
    least[group] = -1;
  for (int round = 0; round < 6; ++round) {
    auto writes = std::make_shared<std::vector<attempt>>();
    for (int i = 0; i < 12; ++i)
      writes->push_back({groups[random() % groups.size()], number++});
    auto client = f.sys.spawn(writer, f.shard, writes, size_t{0});
    for (size_t i = 0; i < writes->size(); ++i) {
      caf::anon_send(client, tick_atom_v);
      for (auto steps = random() % 12; steps > 0; --steps)
        f.sys.step();
    }
    // Sometimes long enough for a compaction.
    if (random() % 2 == 0)
      f.sys.advance(90s);
    f.crash();
    for (auto& x : *writes)
      if (x.is_answered) {
        ++answers;
        least[x.group] = x.number;
      }
    for (auto& group : groups) {
      auto image = f.load(group);
      // A later write may be there too: only its answer was cut off.
      CHECK(number_in(image) >= least[group]);
      CHECK(image.coordinator_epoch > life[group]);
      CHECK(image.log_end > log_end[group]);
      least[group] = number_in(image);
      life[group] = image.coordinator_epoch;
      log_end[group] = image.log_end;
    }
  }
  CHECK(answers > 0);
}

TEST_CASE("a full disk refuses a group's writes, in order, until it knows") {
  fixture f{0};
  auto write = [&](const std::string& group, std::vector<keyed_record> what) {
    auto done = f.sys.ask<caf::ok_atom>(f.shard, write_atom_v, group, what);
    return done ? ec::none : code_of(done.error());
  };
  f.load("sms");
  CHECK(write("sms", rows(1)) == ec::none);
  f.disk->plan({.what = simulation::disk_fault::full, .path = "offsets/"});
  CHECK(write("sms", rows(2)) == ec::storage_full);
  // There is room again, but this one must not overtake the one before.
  CHECK(write("sms", rows(3)) == ec::storage_full);
  CHECK(write("mail", rows(4)) == ec::none);
  CHECK(write("sms", {}) == ec::none);
  CHECK(write("sms", rows(2)) == ec::none);
  CHECK(number_in(f.load("sms")) == 2);
  f.crash();
  CHECK(number_in(f.load("sms")) == 2);
  CHECK(number_in(f.load("mail")) == 4);
}
