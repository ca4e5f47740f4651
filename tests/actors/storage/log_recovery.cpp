// Invariant I5: after a crash at any point a log opens to a prefix of what was
// appended, with all that was durable; damage is refused, never guessed over.
#include <random>

#include "actors/storage/segment_name.hpp"
#include "tests/actors/storage/log_fixture.hpp"

using namespace troupe;
using namespace troupe::storage;

namespace {

constexpr const char* first_segment = "00000000000000000000.log";
constexpr const char* first_index = "00000000000000000000.index";

struct recovery_fixture : log_fixture {
  std::string segment() const {
    return disk->content(path(first_segment));
  }

  void damage(size_t position, std::string_view with) {
    auto content = segment();
    REQUIRE(position + with.size() <= content.size());
    content.replace(position, with.size(), with);
    disk->set_content(path(first_segment), content);
  }

  /// Where batch number `n` begins.
  size_t position_of(size_t n) const {
    auto batches = it->read(0, 1'000'000);
    size_t result = 0;
    for (size_t i = 0; i < n; ++i)
      result += batches->at(i).encoded_bytes();
    return result;
  }
};

} // namespace

TEST_CASE_METHOD(recovery_fixture, "after a clean stop nothing is scanned") {
  open();
  append_many(0, 100);
  reopen();
  CHECK_FALSE(it->recovery().was_unclean);
  CHECK(it->leader_epoch() == 0);
  CHECK(it->end() == 100);
  CHECK(it->synced_end() == 100);
  CHECK(values_from(0).size() == 100);
  CHECK(it->recovery().indexes_rebuilt == 0);
  append_many(100, 110);
  reopen();
  CHECK(values_from(95).size() == 15);
}

TEST_CASE_METHOD(recovery_fixture, "the end of the process loses nothing, but "
                                   "raises the epoch") {
  open();
  append_many(0, 10);
  disk->kill();
  open();
  CHECK(it->recovery().was_unclean);
  CHECK(it->recovery().bytes_cut == 0);
  CHECK(it->leader_epoch() == 1);
  CHECK(it->end() == 10);
  CHECK(it->end_of_epoch(0) == epoch_start{0, 10});
  // Opened, it counts as durable, and it is.
  CHECK(it->synced_end() == 10);
  disk->crash();
  open();
  CHECK(values_from(0).size() == 10);
  CHECK(it->leader_epoch() == 2);
  CHECK(it->epochs() == std::vector<epoch_start>{{0, 0}, {2, 10}});
}

TEST_CASE_METHOD(recovery_fixture, "a power cut takes what was not synced, and "
                                   "the epoch tells") {
  open();
  append_many(0, 10);
  REQUIRE_FALSE(sync());
  append_many(10, 20);
  disk->crash();
  open();
  CHECK(it->end() == 10);
  CHECK(it->leader_epoch() == 1);
  append_many(100, 120);
  // A reader of the old offset 15 sees that its epoch ended before.
  CHECK(it->end_of_epoch(0) == epoch_start{0, 10});
  CHECK(values_from(10).front() == "value 100");
}

TEST_CASE_METHOD(recovery_fixture, "even the first appends are recognised when "
                                   "a power cut takes all") {
  open();
  append_many(0, 10);
  disk->crash();
  open();
  CHECK(it->recovery().was_unclean);
  CHECK(it->end() == 0);
  CHECK(it->leader_epoch() == 1);
  CHECK(it->end_of_epoch(0).start_offset == 0);
}

TEST_CASE_METHOD(recovery_fixture, "a power cut after a clean stop and appends "
                                   "is no clean stop") {
  open();
  append_many(0, 10);
  reopen();
  append_many(10, 20);
  disk->crash();
  open();
  CHECK(it->recovery().was_unclean);
  CHECK(it->end() == 10);
  CHECK(it->leader_epoch() == 1);
}

TEST_CASE_METHOD(recovery_fixture, "a torn tail is cut, kept aside, reported") {
  open();
  append_many(0, 10);
  auto last = position_of(9);
  auto intact = segment();
  disk->kill();
  for (auto size = last + 1; size < intact.size(); ++size) {
    disk->set_content(path(first_segment), intact.substr(0, size));
    open();
    INFO("cut at " << size);
    CHECK(it->end() == 9);
    CHECK(it->recovery().bytes_cut == size - last);
    auto aside =
      path(std::string{first_segment} + ".cut-" + std::to_string(last));
    CHECK(it->recovery().kept_aside == aside);
    CHECK(disk->content(aside) == intact.substr(last, size - last));
    CHECK(values_from(0).size() == 9);
    append_many(9, 10);
    disk->kill();
    REQUIRE_FALSE(disk->remove(aside));
  }
}

TEST_CASE_METHOD(recovery_fixture, "a tail of zeros or of garbage is cut") {
  auto tail = GENERATE(std::string(5000, '\0'), std::string(5000, 'x'),
                       std::string(61, '\xff'));
  open();
  append_many(0, 10);
  auto intact = segment();
  disk->kill();
  disk->set_content(path(first_segment), intact + tail);
  open();
  CHECK(it->end() == 10);
  CHECK(it->recovery().bytes_cut == tail.size());
  CHECK(segment() == intact);
}

TEST_CASE_METHOD(recovery_fixture,
                 "a damaged last batch that was not synced is "
                 "cut") {
  open();
  append_many(0, 10);
  auto last = position_of(9);
  disk->kill();
  damage(last + 70, "!");
  open();
  CHECK(it->end() == 9);
  CHECK(it->recovery().was_unclean);
}

TEST_CASE_METHOD(recovery_fixture, "damage before an intact batch is refused") {
  open();
  append_many(0, 10);
  auto position = position_of(4);
  auto next = position_of(5);
  auto size = segment().size();
  disk->kill();
  auto intact = segment();
  for (auto at = position; at < next; ++at) {
    if (at < position + 8 || (at >= position + 12 && at < position + 16))
      continue; // base offset and leader epoch have no checksum
    INFO("byte " << at);
    disk->set_content(path(first_segment), intact);
    damage(at, std::string(1, static_cast<char>(intact[at] ^ 0x55)));
    auto failure = try_open();
    CHECK(code_of(failure) == ec::corrupt_log);
    CHECK(what(failure).find(std::string{first_segment} + ", byte "
                             + std::to_string(position))
          != std::string::npos);
  }
  CHECK(segment().size() == size);
}

TEST_CASE_METHOD(recovery_fixture, "damage below the sync checkpoint is "
                                   "refused") {
  settings.segment_bytes = 600;
  open();
  append_many(0, 10);
  REQUIRE_FALSE(sync());
  REQUIRE(it->segment_count() == 2);
  disk->kill();
  auto last = names(".log").back();
  auto content = disk->content(path(last));
  SECTION("a damaged last batch") {
    content.back() = static_cast<char>(content.back() ^ 1);
    disk->set_content(path(last), content);
  }
  SECTION("a torn last batch") {
    disk->set_content(path(last), content.substr(0, content.size() - 1));
  }
  SECTION("batches gone") {
    disk->set_content(path(last), {});
  }
  SECTION("the whole file gone") {
    REQUIRE_FALSE(disk->remove(path(last)));
  }
  auto failure = try_open();
  INFO(what(failure));
  CHECK(code_of(failure) == ec::corrupt_log);
  // As the message says, one can go on without.
  REQUIRE_FALSE(disk->remove(path("checkpoint")));
  open();
  CHECK(it->recovery().was_unclean);
  CHECK(it->end() < 10);
}

TEST_CASE_METHOD(log_fixture, "a read finds damage that no open looked for") {
  settings.segment_bytes = 300;
  open();
  append_many(0, 20);
  REQUIRE_FALSE(it->close());
  for (const auto& name : names(".log")) {
    INFO(name);
    auto whole = disk->content(path(name));
    auto damaged = whole;
    damaged.back() = static_cast<char>(damaged.back() ^ 1);
    disk->set_content(path(name), damaged);
    open();
    CHECK_FALSE(it->recovery().was_unclean);
    caf::error fault;
    for (int64_t offset = 0; offset < it->end() && !fault; ++offset)
      if (auto batches = it->read(offset, 1); !batches)
        fault = batches.error();
    CHECK(code_of(fault) == ec::corrupt_log);
    CHECK(what(fault).find(name) != std::string::npos);
    CHECK(what(fault).find("checksum") != std::string::npos);
    it.reset();
    disk->set_content(path(name), whole);
  }
}

TEST_CASE_METHOD(log_fixture, "a compacted segment that was cut replaces "
                              "nothing that came later") {
  settings.segment_bytes = 300;
  open();
  append_many(0, 3);
  REQUIRE_FALSE(it->close());
  it.reset();
  // As compaction would have named it; its end, and all that tells of its
  // syncs, is lost.
  auto first = disk->content(path(log_file_name({0, -1})));
  first.back() = static_cast<char>(first.back() ^ 1);
  REQUIRE_FALSE(disk->remove(directory));
  REQUIRE_FALSE(disk->make_directory(directory));
  disk->set_content(path(log_file_name({0, 100})), first);
  open();
  REQUIRE(it->end() == 2);
  append_many(2, 20);
  CHECK(it->segment_count() > 2);
  reopen();
  CHECK(it->end() == 20);
  CHECK(values_from(0).size() == 20);
}
