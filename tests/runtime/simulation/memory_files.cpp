// What the disk in memory forgets on a crash decides what every crash test can
// find: it must forget all that POSIX allows to forget, and nothing else.
#include "runtime/simulation/memory_files.hpp"

#include <set>

#include "actors/protocol/errors.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using simulation::memory_files;

namespace {

/// A file `d/f` with "old", durable with its names.
storage::file_ptr durable_file(memory_files& disk) {
  REQUIRE_FALSE(disk.make_directory("d"));
  auto file = disk.open("d/f");
  REQUIRE(file);
  REQUIRE_FALSE((*file)->append({"o", "ld"}));
  REQUIRE_FALSE((*file)->sync());
  REQUIRE_FALSE(disk.sync_directory("d"));
  REQUIRE_FALSE(disk.sync_directory(""));
  return *file;
}

} // namespace

TEST_CASE("bytes are read where they were written") {
  memory_files disk;
  auto file = durable_file(disk);
  CHECK(file->size() == 3);
  CHECK(file->read(1, 10)->view() == "ld");
  CHECK(file->read(3, 10)->empty());
  CHECK_FALSE(file->truncate(1));
  CHECK(disk.content("d/f") == "o");
}

TEST_CASE("a crash forgets unsynced bytes") {
  memory_files disk;
  auto file = durable_file(disk);
  CHECK_FALSE(file->append({" new"}));
  disk.crash();
  CHECK(disk.content("d/f") == "old");
  CHECK(code_of(file->append({"x"})) == ec::storage_failed);
  CHECK(code_of(file->sync()) == ec::storage_failed);
  CHECK_FALSE(file->read(0, 1));
}

TEST_CASE("a crash forgets unsynced names") {
  memory_files disk;
  durable_file(disk);
  auto other = disk.open("d/g");
  REQUIRE(other);
  REQUIRE_FALSE((*other)->append({"synced bytes, unsynced name"}));
  REQUIRE_FALSE((*other)->sync());
  SECTION("of a new file") {
    disk.crash();
    CHECK(*disk.list("d") == std::vector<std::string>{"f"});
  }
  SECTION("of a renamed file") {
    REQUIRE_FALSE(disk.rename("d/g", "d/f"));
    CHECK(disk.content("d/f") == "synced bytes, unsynced name");
    disk.crash();
    CHECK(disk.content("d/f") == "old");
  }
  SECTION("of a removed file") {
    REQUIRE_FALSE(disk.remove("d/f"));
    CHECK_FALSE(disk.exists("d/f"));
    disk.crash();
    CHECK(disk.content("d/f") == "old");
  }
  SECTION("of a directory, with all in it") {
    REQUIRE_FALSE(disk.make_directory("a/b"));
    REQUIRE_FALSE(disk.replace("a/b/c", "x", true));
    disk.crash();
    CHECK_FALSE(disk.exists("a"));
    CHECK(disk.list("a/b")->empty());
  }
  SECTION("of what is in a directory: it goes where that goes") {
    REQUIRE_FALSE(disk.make_directory("removed"));
    REQUIRE_FALSE(disk.sync_directory(""));
    REQUIRE_FALSE(disk.rename("d", "removed/1"));
    REQUIRE_FALSE(disk.make_directory("d"));
    SECTION("nowhere that a power cut leaves") {
      REQUIRE_FALSE(disk.sync_directory(""));
      disk.crash();
      CHECK(disk.list("d")->empty());
      CHECK_FALSE(disk.exists("removed/1"));
    }
    SECTION("to its new name") {
      REQUIRE_FALSE(disk.sync_directory("removed"));
      REQUIRE_FALSE(disk.sync_directory(""));
      disk.crash();
      CHECK(disk.list("d")->empty());
      CHECK(disk.content("removed/1/f") == "old");
    }
    SECTION("back, as long as no name is synced") {
      disk.crash();
      CHECK(disk.content("d/f") == "old");
    }
  }
  SECTION("synced, they stay") {
    REQUIRE_FALSE(disk.rename("d/g", "d/f"));
    REQUIRE_FALSE(disk.sync_directory("d"));
    disk.crash();
    CHECK(*disk.list("d") == std::vector<std::string>{"f"});
    CHECK(disk.content("d/f") == "synced bytes, unsynced name");
  }
}

TEST_CASE("a replaced file is old or new, and new when durable") {
  memory_files disk;
  durable_file(disk);
  REQUIRE_FALSE(disk.replace("d/f", "new", false));
  CHECK(*disk.read_all("d/f") == "new");
  disk.crash();
  CHECK(*disk.read_all("d/f") == "old");
  REQUIRE_FALSE(disk.replace("d/f", "new", true));
  disk.crash();
  CHECK(*disk.read_all("d/f") == "new");
}

TEST_CASE("a crash by chance keeps a prefix of the unsynced") {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    std::mt19937_64 random{seed};
    memory_files disk;
    auto file = durable_file(disk);
    REQUIRE_FALSE(file->append({"123"}));
    disk.crash(random);
    seen.insert(disk.content("d/f"));
  }
  CHECK(seen == std::set<std::string>{"old", "old1", "old12", "old123"});
}

TEST_CASE("the end of a process loses nothing but its handles") {
  memory_files disk;
  auto file = durable_file(disk);
  REQUIRE_FALSE(file->append({" new"}));
  disk.kill();
  CHECK(disk.content("d/f") == "old new");
  CHECK(file->append({"x"}));
}

TEST_CASE("what a failed sync gave up on never becomes durable") {
  memory_files disk;
  auto file = durable_file(disk);
  REQUIRE_FALSE(file->append({"123"}));
  disk.fail_syncs(true);
  CHECK(code_of(file->sync()) == ec::storage_failed);
  disk.fail_syncs(false);
  REQUIRE_FALSE(file->append({"456"}));
  REQUIRE_FALSE(file->sync());
  CHECK(disk.content("d/f") == "old123456");
  disk.crash();
  CHECK(disk.content("d/f") == "old" + std::string(3, '\0') + "456");
}

TEST_CASE("a full disk takes what fits") {
  memory_files disk;
  auto file = durable_file(disk);
  disk.set_capacity(5);
  CHECK(code_of(file->append({"12345"})) == ec::storage_full);
  CHECK(disk.content("d/f") == "old12");
  CHECK(code_of(disk.replace("d/g", "x", false)) == ec::storage_full);
  CHECK_FALSE(disk.replace("d/f", "12345", false));
}

TEST_CASE("a machine stops after so many changes") {
  memory_files disk;
  auto file = durable_file(disk);
  disk.stop_after(1);
  CHECK_FALSE(file->append({"1"}));
  CHECK(code_of(file->append({"2"})) == ec::storage_failed);
  CHECK(disk.rename("d/f", "d/g"));
  CHECK(file->read(0, 4)->view() == "old1");
  disk.crash();
  CHECK(disk.content("d/f") == "old");
}

TEST_CASE("one lock at a time, which a crash ends") {
  memory_files disk;
  auto first = disk.lock();
  REQUIRE(first);
  CHECK(code_of(disk.lock().error()) == ec::data_dir_locked);
  disk.crash();
  auto second = disk.lock();
  REQUIRE(second);
  first->reset();
  CHECK_FALSE(disk.lock());
  second->reset();
  CHECK(disk.lock());
}

TEST_CASE("misuse is refused") {
  memory_files disk;
  CHECK_FALSE(disk.open("nowhere/f"));
  CHECK_FALSE(disk.read_all("f"));
  CHECK(disk.rename("f", "g"));
  CHECK_FALSE(disk.remove("f"));
  CHECK(disk.list("nowhere")->empty());
}
