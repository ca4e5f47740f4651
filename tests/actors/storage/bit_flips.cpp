// One wrong bit anywhere must not become a wrong record, nor make one vanish
// without a word: each is found by checksum, place or epoch, or does no harm.
#include "tests/actors/storage/log_fixture.hpp"

using namespace troupe;
using namespace troupe::storage;

namespace {

/// Two closed segments and an active one; all synced, and all acknowledged.
struct sample : log_fixture {
  sample() {
    settings.segment_bytes = 330;
    settings.index_interval_bytes = 100;
    open();
    for (int i = 0; i < 12; ++i) {
      std::vector<record> records;
      for (int k = 0; k <= i % 2; ++k) {
        values.push_back("value " + std::to_string(values.size()));
        records.push_back({text("key"), text(values.back()), {}, t0 + i});
      }
      append(records, t0 + i);
      if (i == 7)
        REQUIRE_FALSE(it->begin_epoch(3));
    }
    REQUIRE_FALSE(sync());
    REQUIRE(it->segment_count() > 2);
  }

  std::vector<std::string> values;
};

struct flip_counts {
  size_t refused = 0;
  size_t read_refused = 0;
  size_t cut = 0;
  size_t harmless = 0;
};

/// Whether a refusal says where: a file of the log's.
bool names_place(const caf::error& x) {
  return what(x).find("topics/a/0") != std::string::npos;
}

/// Opens a log with one wrong bit and reads all of it: what came out.
void try_flip(const sample& good, const std::string& path, size_t bit,
              flip_counts& counts) {
  log_fixture x;
  x.settings = good.settings;
  x.disk = good.disk->copy();
  auto content = x.disk->content(path);
  content[bit / 8] = static_cast<char>(content[bit / 8] ^ (1 << bit % 8));
  x.disk->set_content(path, content);
  if (auto refusal = x.try_open()) {
    REQUIRE(names_place(refusal));
    ++counts.refused;
    return;
  }
  auto end = static_cast<size_t>(x.it->end());
  REQUIRE(end <= good.values.size());
  if (end < good.values.size()) {
    // Only the end of a log that was not stopped, and it says so.
    REQUIRE(x.it->recovery().bytes_cut > 0);
    const auto& aside = x.it->recovery().kept_aside;
    REQUIRE(x.disk->exists(aside.substr(0, aside.find(','))));
    ++counts.cut;
  }
  REQUIRE(x.it->start() == 0);
  auto is_right = true;
  for (int64_t offset = 0; offset < x.it->end(); ++offset) {
    auto found = x.it->read(offset, 1);
    if (!found) {
      REQUIRE(code_of(found.error()) == ec::corrupt_log);
      REQUIRE(names_place(found.error()));
      is_right = false;
      continue;
    }
    auto records = read_records(found->front());
    REQUIRE(records);
    auto has_it = false;
    for (const auto& one : *records) {
      REQUIRE(one.content.value.view()
              == good.values.at(static_cast<size_t>(one.offset)));
      has_it = has_it || one.offset == offset;
    }
    REQUIRE(has_it);
    auto epoch = found->front().header.leader_epoch;
    REQUIRE(epoch == (found->front().header.base_offset < 12 ? 0 : 3));
  }
  ++(is_right ? counts.harmless : counts.read_refused);
}

flip_counts flip_all(const sample& good, std::string_view suffix) {
  flip_counts result;
  auto names = good.disk->list(good.directory);
  for (const auto& name : *names) {
    if (!name.ends_with(suffix))
      continue;
    auto path = good.path(name);
    for (size_t bit = 0; bit < good.disk->content(path).size() * 8; ++bit) {
      INFO(name << ", bit " << bit);
      try_flip(good, path, bit, result);
    }
  }
  return result;
}

} // namespace

TEST_CASE("a wrong bit in a segment is never a wrong record") {
  sample good;
  SECTION("after a clean stop") {
    REQUIRE_FALSE(good.it->close());
    good.it.reset();
    auto counts = flip_all(good, ".log");
    // The log opens without a look; whoever reads the batch is told.
    CHECK(counts.refused == 0);
    CHECK(counts.cut == 0);
    CHECK(counts.harmless == 0);
    CHECK(counts.read_refused > 1'000);
  }
  SECTION("after a crash that took the checkpoint") {
    good.it.reset();
    good.disk->kill();
    REQUIRE_FALSE(good.disk->remove(good.path("checkpoint")));
    auto counts = flip_all(good, ".log");
    // Only a segment's last batch may be a torn end, which is kept aside.
    CHECK(counts.refused > 1'000);
    CHECK(counts.cut > 0);
    CHECK(counts.cut < 1'000);
    CHECK(counts.harmless + counts.read_refused == counts.cut);
  }
  SECTION("after a crash") {
    good.it.reset();
    good.disk->kill();
    auto counts = flip_all(good, ".log");
    // The checkpoint says that all was synced: no end is a torn one.
    CHECK(counts.refused > 1'000);
    CHECK(counts.cut == 0);
    CHECK(counts.harmless == 0);
  }
}

TEST_CASE("a wrong bit beside the segments costs work, or is refused") {
  sample good;
  REQUIRE_FALSE(good.it->close());
  good.it.reset();
  auto indexes = flip_all(good, ".index");
  CHECK(indexes.harmless > 1'000);
  CHECK(indexes.refused + indexes.read_refused + indexes.cut == 0);
  auto checkpoints = flip_all(good, "checkpoint");
  CHECK(checkpoints.harmless > 100);
  CHECK(checkpoints.refused + checkpoints.read_refused + checkpoints.cut == 0);
  auto states = flip_all(good, "state");
  CHECK(states.refused > 100);
  CHECK(states.harmless + states.read_refused + states.cut == 0);
}

TEST_CASE("a bit that is read wrong once does no lasting harm") {
  sample good;
  REQUIRE_FALSE(good.it->close());
  log_fixture x;
  x.settings = good.settings;
  x.disk = good.disk;
  x.open();
  size_t refused = 0;
  for (uint64_t bit = 0; bit < 3'000; bit += 7) {
    x.disk->plan({.what = simulation::disk_fault::flip_on_read,
                  .path = ".log",
                  .bit = bit});
    refused += x.it->read(0, 10'000) ? 0 : 1;
    x.disk->end_faults();
    auto again = x.it->read(0, 10'000);
    REQUIRE(again);
  }
  CHECK(refused > 100);
  CHECK(x.values_from(0) == good.values);
}

TEST_CASE("a bit that is read wrong once loses nothing when a log recovers") {
  auto is_suspect = GENERATE(false, true);
  log_fixture good;
  good.open();
  good.append_many(0, 20);
  REQUIRE_FALSE(good.sync());
  if (is_suspect)
    good.it->sync_failed();
  good.disk->kill();
  auto bits =
    good.disk->content(good.path("00000000000000000000.log")).size() * 8;
  size_t hit = 0;
  for (uint64_t read = 0; read < 6; ++read)
    for (uint64_t bit = 0; bit < bits; bit += 97) {
      log_fixture x;
      x.disk = good.disk->copy();
      x.disk->plan({.what = simulation::disk_fault::flip_on_read,
                    .path = ".log",
                    .after = read,
                    .bit = bit});
      // Refused, it is opened again.
      if (x.try_open())
        x.open();
      hit += x.disk->faults().of(simulation::disk_fault::flip_on_read);
      REQUIRE(x.it->end() == 20);
      REQUIRE(x.it->recovery().bytes_cut == 0);
      x.disk->end_faults();
      REQUIRE(x.values_from(0).size() == 20);
    }
  CHECK(hit > 100);
}

TEST_CASE("blocks that a power cut kept from the disk are no damage") {
  log_fixture x;
  x.open();
  x.append_many(0, 20);
  REQUIRE_FALSE(x.sync());
  x.append_many(20, 100);
  auto path = x.path("00000000000000000000.log");
  auto content = x.disk->content(path);
  x.disk->kill();
  SECTION("a whole block is missing, what came after is there") {
    // Behind the synced ones.
    content.replace(4096, 512, std::string(512, '\0'));
    x.disk->set_content(path, content);
    x.open();
    CHECK(x.it->end() > 20);
    CHECK(x.it->end() < 100);
    CHECK(x.it->recovery().bytes_cut > 0);
    CHECK(x.values_from(0).size() == static_cast<size_t>(x.it->end()));
  }
  SECTION("bytes that no block explains are refused") {
    content.replace(4100, 300, std::string(300, '\0'));
    x.disk->set_content(path, content);
    CHECK(code_of(x.try_open()) == ec::corrupt_log);
  }
}
