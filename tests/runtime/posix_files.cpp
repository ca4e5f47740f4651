// The real disk has signals, short writes, limits and other processes: what the
// log relies on is tried on a real file system.
#include "runtime/posix_files.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "actors/protocol/errors.hpp"
#include "actors/storage/log.hpp"
#include "tests/catch.hpp"
#include "tests/scratch_directory.hpp"

using namespace troupe;

TEST_CASE("bytes are appended, read, cut, and found again") {
  scratch_directory scratch;
  posix_files disk{scratch.path("made/on/demand/")};
  REQUIRE_FALSE(disk.make_directory("a/b"));
  REQUIRE_FALSE(disk.make_directory("a/b"));
  auto file = disk.open("a/b/f");
  REQUIRE(file);
  CHECK_FALSE((*file)->append({"one", "", " two", " three"}));
  CHECK((*file)->size() == 13);
  CHECK((*file)->read(4, 3)->view() == "two");
  CHECK((*file)->read(8, 100)->view() == "three");
  CHECK((*file)->read(13, 1)->empty());
  CHECK((*file)->read(99, 1)->empty());
  CHECK_FALSE((*file)->sync());
  CHECK_FALSE((*file)->truncate(3));
  CHECK_FALSE((*file)->append({"!"}));
  CHECK((*file)->path() == scratch.path("made/on/demand/a/b/f"));
  auto again = disk.open("a/b/f");
  REQUIRE(again);
  CHECK((*again)->size() == 4);
  CHECK(*disk.read_all("a/b/f") == "one!");
  CHECK_FALSE(disk.sync_directory("a/b"));
  CHECK_FALSE(disk.sync_directory(""));
}

TEST_CASE("more parts than one call takes are written") {
  scratch_directory scratch;
  posix_files disk{scratch.path()};
  auto file = disk.open("f");
  REQUIRE(file);
  std::vector<std::string_view> parts(5000, "0123456789");
  CHECK_FALSE((*file)->append(parts));
  CHECK((*file)->size() == 50'000);
  auto content = disk.read_all("f");
  REQUIRE(content);
  CHECK(content->size() == 50'000);
  CHECK(content->substr(49'990) == "0123456789");
}

TEST_CASE("names are listed, renamed, removed") {
  scratch_directory scratch;
  posix_files disk{scratch.path()};
  CHECK(disk.list("nowhere")->empty());
  REQUIRE_FALSE(disk.replace("b", "2", false));
  REQUIRE_FALSE(disk.replace("a", "1", true));
  REQUIRE_FALSE(disk.make_directory("c/d"));
  REQUIRE_FALSE(disk.replace("c/d/e", "3", true));
  CHECK(*disk.list("") == std::vector<std::string>{"a", "b", "c"});
  REQUIRE_FALSE(disk.rename("a", "b"));
  CHECK(*disk.read_all("b") == "1");
  CHECK_FALSE(disk.exists("a"));
  CHECK(code_of(disk.rename("a", "b")) == ec::storage_failed);
  CHECK_FALSE(disk.remove("a"));
  REQUIRE_FALSE(disk.remove("c"));
  CHECK(*disk.list("") == std::vector<std::string>{"b"});
}

TEST_CASE("errors name action and path") {
  scratch_directory scratch;
  posix_files disk{scratch.path()};
  CHECK(what(disk.open("no/f").error())
        == "storage_failed: cannot open " + scratch.path("no/f")
             + ": No such file or directory");
  CHECK(what(disk.read_all("f").error())
        == "storage_failed: cannot open " + scratch.path("f")
             + ": No such file or directory");
  std::ofstream{scratch.path("file")} << "x";
  CHECK(code_of(disk.make_directory("file/below")) == ec::storage_failed);
  posix_files below_a_file{scratch.path("file/root")};
  CHECK(code_of(below_a_file.make_directory("")) == ec::storage_failed);
}

TEST_CASE("a disk without room says so") {
  // /dev/full is a disk that has none.
  if (::access("/dev/full", W_OK) != 0)
    return;
  posix_files disk{"/dev"};
  auto file = disk.open("full");
  REQUIRE(file);
  CHECK(code_of((*file)->append({"x"})) == ec::storage_full);
}

TEST_CASE("a size limit of the process cuts a write short, and the log copes") {
  scratch_directory scratch;
  auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // Writes beyond the limit fail with EFBIG, after a part was written.
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{5000, 5000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto disk = std::make_shared<posix_files>(scratch.path());
    auto opened = storage::log::open(disk, "log", {}, 0);
    auto batch = make_batch({{{}, bytes{std::string(900, 'x')}, {}, 1}});
    int appended = 0;
    while (opened && (*opened)->append(batch, 0))
      ++appended;
    ::_exit(appended == 5 ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  auto disk = std::make_shared<posix_files>(scratch.path());
  auto opened = storage::log::open(disk, "log", {}, 0);
  REQUIRE(opened);
  CHECK((*opened)->end() == 5);
  CHECK((*opened)->recovery().was_unclean);
  CHECK((*opened)->recovery().bytes_cut == 0);
}

TEST_CASE("a log on the machine's disk") {
  scratch_directory scratch;
  auto disk = std::make_shared<posix_files>(scratch.path());
  topic_settings settings;
  settings.segment_bytes = 2000;
  for (int round = 0; round < 3; ++round) {
    auto opened = storage::log::open(disk, "topics/t/0", settings, 0);
    REQUIRE(opened);
    auto& log = **opened;
    CHECK(log.end() == round * 100);
    CHECK_FALSE(log.recovery().was_unclean);
    for (int i = 0; i < 100; ++i) {
      auto batch = make_batch({{{}, bytes{std::to_string(i)}, {}, 1}});
      REQUIRE(log.append(batch, 0));
    }
    auto job = log.to_sync();
    REQUIRE_FALSE(storage::sync_all(job.files));
    log.synced(job.up_to);
    auto batches = log.read(round * 100 + 42, 1);
    REQUIRE(batches);
    auto records = read_records(batches->front());
    REQUIRE(records);
    CHECK(records->front().content.value.view() == "42");
    REQUIRE_FALSE(log.close());
  }
}

TEST_CASE("one process holds the lock, and the other is told which") {
  scratch_directory scratch;
  posix_files disk{scratch.path()};
  auto first = disk.lock();
  REQUIRE(first);
  // flock is of the open file, so that this process stands for another one.
  auto second = disk.lock();
  REQUIRE_FALSE(second);
  CHECK(what(second.error())
        == "data_dir_locked: " + disk.location() + " is used by process "
             + std::to_string(::getpid())
             + "; stop that one, or use another data directory");
  first->reset();
  CHECK(disk.lock());
}

TEST_CASE("a lock ends with its process, however it ends") {
  scratch_directory scratch;
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    posix_files disk{scratch.path()};
    auto lock = disk.lock();
    char held = lock ? '1' : '0';
    if (::write(ready[1], &held, 1) == 1)
      ::pause();
    ::_exit(1);
  }
  char held = '0';
  REQUIRE(::read(ready[0], &held, 1) == 1);
  CHECK(held == '1');
  posix_files disk{scratch.path()};
  auto refused = disk.lock();
  REQUIRE_FALSE(refused);
  CHECK(what(refused.error()).find(std::to_string(child)) != std::string::npos);
  ::kill(child, SIGKILL);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  CHECK(disk.lock());
  ::close(ready[0]);
  ::close(ready[1]);
}
