// A node has more files than the system lets it open: each has to work as if it
// were open, and no byte may be forgotten when it is closed for another.
#include "runtime/descriptor_cache.hpp"

#include <atomic>
#include <filesystem>
#include <iterator>
#include <thread>

#include <fmt/format.h>
#include <sys/resource.h>

#include "runtime/posix_files.hpp"
#include "tests/catch.hpp"
#include "tests/scratch_directory.hpp"

using namespace troupe;

namespace {

size_t open_below(const std::string& directory) {
  size_t result = 0;
  for (const auto& x : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    std::error_code ignored;
    auto to = std::filesystem::read_symlink(x.path(), ignored).string();
    result += to.starts_with(directory) ? 1 : 0;
  }
  return result;
}

std::vector<storage::file_ptr> open_many(posix_files& disk, size_t count) {
  std::vector<storage::file_ptr> result;
  for (size_t i = 0; i < count; ++i) {
    auto file = disk.open(fmt::format("f{}", i));
    REQUIRE(file);
    result.push_back(std::move(*file));
  }
  return result;
}

} // namespace

TEST_CASE("many files share few descriptors") {
  scratch_directory scratch;
  posix_files disk{scratch.path(), 4};
  auto files = open_many(disk, 50);
  CHECK(open_below(scratch.path()) <= 4);
  for (int round = 0; round < 3; ++round)
    for (size_t i = 0; i < files.size(); ++i)
      CHECK_FALSE(files[i]->append({fmt::format("{}.{};", i, round)}));
  CHECK(open_below(scratch.path()) <= 4);
  for (size_t i = 0; i < files.size(); ++i) {
    auto wanted = fmt::format("{0}.0;{0}.1;{0}.2;", i);
    CHECK(files[i]->size() == wanted.size());
    CHECK(files[i]->read(0, 100)->view() == wanted);
    CHECK_FALSE(files[i]->sync());
  }
  CHECK_FALSE(files[7]->truncate(4));
  CHECK(files[7]->read(0, 100)->view() == "7.0;");
  files.clear();
  CHECK(open_below(scratch.path()) == 0);
}

TEST_CASE("a file with unsynced bytes stays open while another can be closed") {
  scratch_directory scratch;
  posix_files disk{scratch.path(), 2};
  auto dirty = *disk.open("dirty");
  REQUIRE_FALSE(dirty->append({"x"}));
  auto others = open_many(disk, 10);
  for (const auto& x : others)
    CHECK(x->read(0, 1)->empty());
  auto is_open = [&](const std::string& name) {
    for (const auto& x : std::filesystem::directory_iterator{"/proc/self/fd"}) {
      std::error_code ignored;
      if (std::filesystem::read_symlink(x.path(), ignored)
          == scratch.path(name))
        return true;
    }
    return false;
  };
  CHECK(is_open("dirty"));
  CHECK_FALSE(dirty->sync());
  for (const auto& x : others)
    CHECK(x->read(0, 1)->empty());
  CHECK_FALSE(is_open("dirty"));
  CHECK(dirty->read(0, 1)->view() == "x");
}

TEST_CASE("a synced file that was closed and removed has nothing to sync") {
  scratch_directory scratch;
  posix_files disk{scratch.path(), 1};
  auto gone = *disk.open("gone");
  REQUIRE_FALSE(gone->append({"x"}));
  REQUIRE_FALSE(gone->sync());
  auto others = open_many(disk, 3);
  REQUIRE_FALSE(disk.remove("gone"));
  CHECK_FALSE(gone->sync());
  CHECK_FALSE(gone->read(0, 1));
  CHECK_FALSE(disk.exists("gone"));
}

TEST_CASE("syncs on another thread do not meet a closed descriptor") {
  scratch_directory scratch;
  posix_files disk{scratch.path(), 3};
  auto files = open_many(disk, 12);
  std::atomic<int> failed = 0;
  std::thread syncs{[&] {
    for (int i = 0; i < 100; ++i)
      failed += files[static_cast<size_t>(i) % files.size()]->sync() ? 1 : 0;
  }};
  for (int i = 0; i < 600; ++i)
    if (files[static_cast<size_t>(i) % files.size()]->append({"0123456789"}))
      ++failed;
  syncs.join();
  CHECK(failed == 0);
  for (const auto& x : files)
    CHECK(x->read(0, 1000)->size() == 500);
  CHECK(open_below(scratch.path()) <= 3);
}

TEST_CASE("a process without descriptors closes files for a new one") {
  scratch_directory scratch;
  posix_files disk{scratch.path(), 1'000};
  auto files = open_many(disk, 20);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  auto all = static_cast<rlim_t>(
    std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, {}));
  auto lowered = before;
  lowered.rlim_cur = all - 1;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &lowered) == 0);
  auto more = disk.open("more");
  auto written = more ? (*more)->append({"x"}) : more.error();
  auto old = files[0]->append({"y"});
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK_FALSE(written);
  CHECK_FALSE(old);
}

TEST_CASE("the number of open files leaves descriptors for all else") {
  auto most = open_files_max();
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(limit.rlim_cur == limit.rlim_max);
  CHECK(most < limit.rlim_cur);
  CHECK(most >= 16);
}
