// A replica's log is what its leader's is, however that came about: with gaps
// that compaction made, without what was deleted, and begun anew; a crash at
// any step leaves a log that opens.
#include "actors/storage/log_state.hpp"
#include "tests/actors/storage/log_fixture.hpp"

using namespace troupe;
using namespace troupe::storage;

namespace {

using values = std::vector<std::string>;

struct replica_fixture : log_fixture {
  caf::error try_open_replica() {
    it.reset();
    auto opened = log::open(disk, directory, settings, t0, true);
    if (!opened)
      return opened.error();
    it = std::move(*opened);
    return caf::none;
  }

  void open_replica() {
    auto failure = try_open_replica();
    INFO(what(failure));
    REQUIRE_FALSE(failure);
  }

  /// A batch as a leader of `epoch` has it.
  static record_batch batch_at(int64_t offset, int32_t epoch,
                               const values& xs) {
    std::vector<record> records;
    for (const auto& x : xs)
      records.push_back({{}, text(x), {}, t0});
    auto result = make_batch(records);
    result.header.base_offset = offset;
    result.header.leader_epoch = epoch;
    return result;
  }

  void take(const record_batch& x) {
    auto failure = it->append_replica(x, t0);
    INFO(what(failure));
    REQUIRE_FALSE(failure);
  }

  void begin_anew(int64_t offset) {
    auto failure = it->restart(offset, t0);
    INFO(what(failure));
    REQUIRE_FALSE(failure);
  }

  ec refusal(const record_batch& x) {
    return code_of(it->append_replica(x, t0));
  }

  /// What somebody reads who has this copy of the disk, of records only.
  values content() {
    values result;
    for (const auto& x : read_from(it->start()))
      if (x.offset >= it->start())
        result.push_back(std::to_string(x.offset) + ":"
                         + x.content.value.str());
    return result;
  }

  /// Does `work` again and again, with a power cut after each step of it; each
  /// time the log opens, and `check` is called.
  template <class Prepare, class Work, class Check>
  void at_each_step(Prepare prepare, Work work, Check check) {
    for (uint64_t seed = 0; seed < 300; ++seed) {
      INFO("seed " << seed);
      disk = std::make_shared<simulation::memory_files>();
      open_replica();
      prepare();
      std::mt19937_64 random{seed};
      disk->stop_after(seed / 10);
      work();
      if (seed % 2 == 0)
        disk->kill();
      else
        disk->crash(random);
      disk->end_faults();
      open_replica();
      check();
    }
  }
};

} // namespace

TEST_CASE_METHOD(replica_fixture, "gaps that compaction made stay") {
  open_replica();
  take(batch_at(3, 1, {"3"}));
  take(batch_at(7, 1, {"7", "8"}));
  take(batch_at(20, 2, {"20"}));
  CHECK(content() == values{"3:3", "7:7", "8:8", "20:20"});
  REQUIRE_FALSE(sync());
  disk->kill();
  open_replica();
  CHECK(content() == values{"3:3", "7:7", "8:8", "20:20"});
  CHECK(it->last_epoch() == 2);
}

TEST_CASE_METHOD(replica_fixture, "the first batch may begin with records that "
                                  "are deleted") {
  open_replica();
  begin_anew(7);
  take(batch_at(5, 3, {"5", "6", "7", "8"}));
  CHECK(it->start() == 7);
  CHECK(it->end() == 9);
  take(batch_at(9, 3, {"9"}));
  CHECK(content() == values{"7:7", "8:8", "9:9"});
  REQUIRE_FALSE(sync());
  disk->crash();
  open_replica();
  CHECK(it->start() == 7);
  CHECK(content() == values{"7:7", "8:8", "9:9"});
  // No other one: it would be there twice.
  CHECK(refusal(batch_at(8, 3, {"8", "9", "10"})) == ec::corrupt_batch);
  CHECK(refusal(batch_at(4, 3, {"4"})) == ec::corrupt_batch);
}

TEST_CASE_METHOD(replica_fixture, "a log whose records are all deleted takes a "
                                  "batch that begins within them") {
  open_replica();
  take(batch_at(0, 1, {"0", "1", "2"}));
  REQUIRE_FALSE(it->delete_before(3));
  take(batch_at(2, 2, {"other 2", "3"}));
  CHECK(content() == values{"3:3"});
}

TEST_CASE_METHOD(replica_fixture, "power may go while the first batch is "
                                  "taken") {
  at_each_step([&] { begin_anew(7); },
               [&] {
                 static_cast<void>(
                   it->append_replica(batch_at(5, 3, {"5", "6", "7"}), t0));
               },
               [&] {
                 CHECK((it->end() == 7 || it->end() == 5 || it->end() == 8));
                 for (const auto& x : content())
                   CHECK((x == "5:5" || x == "6:6" || x == "7:7"));
               });
}

TEST_CASE_METHOD(replica_fixture, "a log begins anew below where it was") {
  open_replica();
  begin_anew(50);
  take(batch_at(50, 4, {"50", "51"}));
  begin_anew(20);
  CHECK(it->start() == 20);
  CHECK(it->end() == 20);
  CHECK(it->last_epoch() == -1);
  take(batch_at(20, 2, {"20"}));
  CHECK(content() == values{"20:20"});
  REQUIRE_FALSE(sync());
  disk->crash();
  open_replica();
  CHECK(content() == values{"20:20"});
}

TEST_CASE_METHOD(replica_fixture, "power may go while a log begins anew") {
  settings.segment_bytes = 150;
  at_each_step(
    [&] {
      for (int i = 0; i < 6; ++i)
        take(batch_at(40 + 2 * i, 1 + i / 2, {"old", "old"}));
      REQUIRE_FALSE(it->delete_before(41));
      REQUIRE_FALSE(sync());
    },
    [&] {
      if (it->restart(40, t0))
        return;
      if (!it->append_replica(batch_at(40, 9, {"new", "new"}), t0))
        static_cast<void>(sync());
    },
    [&] {
      auto found = content();
      auto is_new = !found.empty() && found.front() == "40:new";
      for (const auto& x : found)
        CHECK(x.ends_with(is_new ? ":new" : ":old"));
    });
}

TEST_CASE_METHOD(replica_fixture,
                 "epochs of deleted records are forgotten, and "
                 "the log opens after a crash") {
  open_replica();
  take(batch_at(0, 3, {"0", "1"}));
  take(batch_at(2, 4, {"2"}));
  // It leads, and deletes all that there is; then another one leads.
  REQUIRE_FALSE(it->begin_epoch(5));
  REQUIRE_FALSE(it->delete_before(3));
  REQUIRE_FALSE(it->forget_empty_epochs());
  REQUIRE_FALSE(sync());
  disk->kill();
  open_replica();
  CHECK(it->start() == 3);
  CHECK(it->end() == 3);
  REQUIRE_FALSE(it->forget_empty_epochs());
  take(batch_at(3, 6, {"3"}));
  CHECK(it->epochs() == std::vector<epoch_start>{{6, 3}});
  REQUIRE_FALSE(sync());
  for (int i = 0; i < 2; ++i) {
    disk->crash();
    open_replica();
    CHECK(content() == values{"3:3"});
    CHECK(it->last_epoch() == 6);
    CHECK(it->end_of_epoch(4).start_offset == 3);
  }
}

TEST_CASE_METHOD(replica_fixture, "a state that knows no epochs of deleted "
                                  "records is one to open with") {
  open_replica();
  take(batch_at(0, 3, {"0", "1"}));
  take(batch_at(2, 6, {"2"}));
  REQUIRE_FALSE(it->delete_before(2));
  REQUIRE_FALSE(sync());
  disk->kill();
  auto state = decode_state(*disk->read_all(path("state")), "state");
  REQUIRE(state);
  // As it was written once.
  state->epochs = {{0, 0}, {6, 2}};
  REQUIRE_FALSE(disk->replace(path("state"), encode(*state), true));
  open_replica();
  CHECK(content() == values{"2:2"});
  CHECK(it->epochs() == state->epochs);
}
