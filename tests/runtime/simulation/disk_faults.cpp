// A fault that does not hit, or hits something else than it says, makes every
// test with a faulty disk worth nothing.
#include "runtime/simulation/disk_faults.hpp"

#include <algorithm>
#include <set>

#include "actors/protocol/errors.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::simulation;

namespace {

storage::file_ptr file_of(memory_files& disk, const std::string& path) {
  auto file = disk.open(path);
  REQUIRE(file);
  REQUIRE_FALSE((*file)->append({"0123456789"}));
  REQUIRE_FALSE((*file)->sync());
  REQUIRE_FALSE(disk.sync_directory(""));
  return *file;
}

} // namespace

TEST_CASE("a planned fault hits the call and the file that it names") {
  memory_files disk;
  auto a = file_of(disk, "a");
  auto b = file_of(disk, "b");
  disk.plan({.what = disk_fault::sync_fails, .path = "a", .after = 1});
  CHECK_FALSE(b->sync());
  CHECK_FALSE(a->sync());
  CHECK(code_of(a->sync()) == ec::storage_failed);
  CHECK_FALSE(a->sync());
  CHECK(disk.faults().of(disk_fault::sync_fails) == 1);
}

TEST_CASE("a fault for good ends with the repair of the disk") {
  memory_files disk;
  auto file = file_of(disk, "a");
  disk.plan({.what = disk_fault::sync_fails, .times = planned_fault::for_good});
  for (int i = 0; i < 3; ++i)
    CHECK(file->sync());
  CHECK(disk.sync_directory(""));
  CHECK(disk.replace("c", "x", true));
  disk.end_faults();
  CHECK_FALSE(file->sync());
  CHECK(disk.faults().of(disk_fault::sync_fails) == 5);
}

TEST_CASE("writes fail half way, or find no room") {
  memory_files disk;
  auto file = file_of(disk, "a");
  disk.plan({.what = disk_fault::write_fails});
  CHECK(code_of(file->append({"abcd"})) == ec::storage_failed);
  CHECK(disk.content("a") == "0123456789ab");
  disk.plan({.what = disk_fault::full, .times = 2});
  CHECK(code_of(file->append({"cdef"})) == ec::storage_full);
  CHECK(code_of(disk.replace("a", "x", false)) == ec::storage_full);
  CHECK(disk.content("a") == "0123456789abcd");
  CHECK(disk.faults().of(disk_fault::full) == 2);
  CHECK(disk.faults().without_room == 2);
}

TEST_CASE("a bit flips once on a read, or for good at rest") {
  memory_files disk;
  auto file = file_of(disk, "a");
  disk.plan({.what = disk_fault::flip_on_read, .bit = 8});
  CHECK(file->read(0, 10)->view() == "0023456789");
  CHECK(file->read(0, 10)->view() == "0123456789");
  disk.plan({.what = disk_fault::flip_at_rest, .bit = 0});
  CHECK(file->read(2, 4)->view() == "3345");
  CHECK(file->read(0, 10)->view() == "0133456789");
  disk.crash();
  CHECK(*disk.read_all("a") == "0133456789");
  disk.plan({.what = disk_fault::read_fails});
  CHECK(code_of(disk.read_all("a").error()) == ec::storage_failed);
}

TEST_CASE("chance hits as often as it is told, and the same by the same seed") {
  auto failures = [](uint64_t seed) {
    memory_files disk;
    auto file = file_of(disk, "a");
    fault_rates rates;
    rates[disk_fault::sync_fails] = 200'000;
    disk.faults_by_chance(rates, seed);
    std::string result;
    for (int i = 0; i < 1000; ++i)
      result += file->sync() ? 'x' : '.';
    CHECK(
      disk.faults().of(disk_fault::sync_fails)
      == static_cast<uint64_t>(std::count(result.begin(), result.end(), 'x')));
    return result;
  };
  auto some = failures(1);
  auto hits = std::count(some.begin(), some.end(), 'x');
  CHECK(hits > 150);
  CHECK(hits < 250);
  CHECK(failures(1) == some);
  CHECK(failures(2) != some);
}

TEST_CASE("a cut leaves any blocks of the unsynced, others as zeros") {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    std::mt19937_64 random{seed};
    memory_files disk;
    auto file = file_of(disk, "a");
    REQUIRE_FALSE(file->append({"abcdef"}));
    disk.crash({power_cut::unsynced::blocks, 4}, random);
    auto left = disk.content("a");
    REQUIRE(left.starts_with("0123456789"));
    seen.insert(left.substr(10));
    CHECK(disk.faults().power_cuts == 1);
    CHECK(disk.faults().files_cut == (left.ends_with("abcdef") ? 0 : 1));
  }
  // The first block holds synced bytes, too; the second one made it alone.
  std::string hole("\0\0cdef", 6);
  CHECK(seen.count(hole) == 1);
  CHECK(seen.count(std::string("ab\0\0\0\0", 6)) == 1);
  CHECK(seen.count("abcdef") == 1);
  CHECK(seen.count("") == 1);
  CHECK(seen.count("abc") == 1);
  CHECK(seen.count("bcdef") == 0);
}

TEST_CASE("bytes behind a failed sync do not come back by a later one") {
  memory_files disk;
  auto file = file_of(disk, "a");
  REQUIRE_FALSE(file->append({"ab"}));
  disk.plan({.what = disk_fault::sync_fails});
  REQUIRE(file->sync());
  REQUIRE_FALSE(file->append({"cd"}));
  REQUIRE_FALSE(file->sync());
  REQUIRE_FALSE(file->append({"ef"}));
  REQUIRE_FALSE(file->sync());
  CHECK(disk.content("a") == "0123456789abcdef");
  disk.crash();
  CHECK(disk.content("a") == "0123456789" + std::string(2, '\0') + "cdef");
}

TEST_CASE("a copy goes its own way") {
  auto disk = std::make_shared<memory_files>();
  auto file = file_of(*disk, "a");
  REQUIRE_FALSE(file->append({"unsynced"}));
  std::shared_ptr<memory_files> taken;
  disk->before_change([&](const std::string& path) {
    if (path == "b")
      taken = disk->copy();
  });
  REQUIRE_FALSE(disk->replace("b", "new", true));
  disk->before_change(nullptr);
  disk->crash();
  REQUIRE(taken);
  CHECK_FALSE(taken->exists("b"));
  CHECK(taken->content("a") == "0123456789unsynced");
  taken->crash();
  CHECK(taken->content("a") == "0123456789");
  CHECK(disk->content("b") == "new");
}

TEST_CASE("what is slow is said to who asks") {
  memory_files disk;
  disk.plan({.what = disk_fault::slow_sync,
             .path = "a",
             .after = 1,
             .slow_time = caf::timespan{5}});
  CHECK(disk.extra_sync_time("a").count() == 0);
  CHECK(disk.extra_sync_time("b").count() == 0);
  CHECK(disk.extra_sync_time("a").count() == 5);
  fault_rates rates;
  rates[disk_fault::slow_sync] = 1'000'000;
  rates.slow_time_max = caf::timespan{7};
  disk.faults_by_chance(rates, 1);
  auto drawn = disk.extra_sync_time("a").count();
  CHECK(drawn >= 1);
  CHECK(drawn <= 7);
}
