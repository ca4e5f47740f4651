// Groups trust a shard with everything they know: what it answered must be in
// its log, in order, and what it is not sure of it must not go on from.
#include "actors/offset_store/offset_store.hpp"

#include "tests/actors/offset_store/scripted_partition.hpp"
#include "tests/catch.hpp"
#include "tests/later.hpp"

using namespace troupe;
using namespace troupe::tests;
using Catch::Matchers::Contains;

namespace {

using rows = std::vector<keyed_record>;

keyed_record row(std::string key, std::string value) {
  return {std::move(key), bytes{std::move(value)}};
}

/// A shard, number 3, on a scripted partition.
struct fixture {
  fixture() {
    start();
  }

  /// (Re)starts the shard on the log as it is.
  void start() {
    if (log)
      caf::anon_send_exit(log, caf::exit_reason::kill);
    log = sys.spawn(scripted_partition, script);
    config.shard = 3;
    config.partition = log;
    config.epoch = sys.epoch();
    shard = sys.spawn(offset_store, config);
    end = watch_end(sys, shard);
  }

  group_image load(const std::string& group) {
    auto image = sys.ask<group_image>(shard, load_atom_v, group);
    if (!image)
      FAIL(what(image.error()));
    return *image;
  }

  caf::error write(const std::string& group, rows records) {
    auto done = sys.ask<caf::ok_atom>(shard, write_atom_v, group, records);
    return done ? caf::error{} : done.error();
  }

  later<caf::ok_atom> write_later(const std::string& group, rows records) {
    auto result =
      ask_later<caf::ok_atom>(sys, shard, write_atom_v, group, records);
    sys.run();
    return result;
  }

  void release() {
    caf::anon_send(log, tick_atom_v);
    sys.run();
  }

  std::vector<std::string> groups() {
    auto result = sys.ask<std::vector<std::string>>(shard, groups_atom_v);
    if (!result)
      FAIL(what(result.error()));
    return *result;
  }

  bool has_ended() {
    sys.run();
    return end->has_value();
  }

  simulation::virtual_system sys;
  offset_store_config config;
  script_ptr script = std::make_shared<partition_script>();
  partition_actor log;
  offset_store_actor shard;
  end_of_actor end;
};

} // namespace

TEST_CASE_METHOD(fixture, "a group finds what it wrote, also after a restart") {
  CHECK(load("sms").records.empty());
  CHECK_FALSE(write("sms", {row("b", "1"), row("a", "1")}));
  CHECK_FALSE(write("mail", {row("b", "2")}));
  CHECK_FALSE(write("sms", {row("b", "3"), {"a", bytes{}}}));
  CHECK(load("sms").records == rows{row("b", "3")});
  start();
  CHECK(load("sms").records == rows{row("b", "3")});
  CHECK(load("mail").records == rows{row("b", "2")});
  CHECK(groups() == std::vector<std::string>{"mail", "sms"});
}

TEST_CASE_METHOD(fixture, "every load is a new life, and above the log's end") {
  int32_t life = 0;
  int64_t log_end = 0;
  for (auto group : {"sms", "sms", "mail", "sms"}) {
    auto image = load(group);
    CHECK(image.coordinator_epoch > life);
    CHECK(image.log_end > log_end);
    CHECK(image.log_end == script->log_end);
    life = image.coordinator_epoch;
    log_end = image.log_end;
    if (life == 2)
      start();
  }
  CHECK(groups().empty());
}

TEST_CASE_METHOD(fixture, "writes that meet an append share the next batch") {
  script->holds_appends = true;
  auto first = write_later("sms", {row("a", "1")});
  auto second = write_later("sms", {row("a", "2"), row("b", "2")});
  auto third = write_later("mail", {row("a", "3")});
  auto loaded =
    ask_later<group_image>(sys, shard, load_atom_v, std::string{"sms"});
  auto fourth = write_later("sms", {row("a", "4")});
  CHECK(script->batches.size() == 1);
  CHECK_FALSE(first->has_value());
  release();
  for (auto& x : {first, second, third, fourth})
    CHECK((x->has_value() && **x));
  CHECK(script->batches.size() == 2);
  REQUIRE((loaded->has_value() && **loaded));
  // In its turn: after the second write, before the fourth.
  CHECK((**loaded)->records == rows{row("a", "2"), row("b", "2")});
}

TEST_CASE_METHOD(fixture, "a batch takes no more than the topic does") {
  config.batch_bytes_max = 1'000;
  start();
  script->holds_appends = true;
  std::vector<later<caf::ok_atom>> writes;
  for (int i = 0; i < 10; ++i)
    writes.push_back(write_later("sms", {row("a", std::string(300, 'x'))}));
  release();
  for (auto& x : writes)
    CHECK((x->has_value() && **x));
  for (auto& batch : script->batches)
    CHECK(batch.encoded_bytes() <= 1'000);
  CHECK(script->batches.size() > 2);
}

TEST_CASE_METHOD(fixture, "a failed append fails the shard") {
  CHECK_FALSE(write("sms", {row("a", "1")}));
  script->holds_appends = true;
  auto first = write_later("sms", {row("a", "2")});
  auto behind = write_later("sms", {row("a", "3")});
  script->append_failure = make_error(ec::storage_failed, "no disk");
  release();
  REQUIRE((first->has_value() && behind->has_value()));
  CHECK(code_of((*first)->error()) == ec::storage_failed);
  CHECK(code_of((*behind)->error()) == ec::not_available);
  REQUIRE(has_ended());
  CHECK(code_of(**end) == ec::storage_failed);
  script->append_failure.reset();
  start();
  // The append did happen: the log decides.
  CHECK(load("sms").records == rows{row("a", "2")});
}

TEST_CASE_METHOD(fixture, "no answer to an append fails the shard") {
  script->holds_appends = true;
  auto first = write_later("sms", {row("a", "1")});
  sys.advance(29s);
  CHECK_FALSE(first->has_value());
  sys.advance(2s);
  REQUIRE(first->has_value());
  CHECK(code_of((*first)->error()) == ec::timed_out);
  CHECK(has_ended());
}

TEST_CASE_METHOD(fixture, "the end of its partition is the end of the shard") {
  SECTION("with an append under way") {
    script->holds_appends = true;
    auto first = write_later("sms", {row("a", "1")});
    caf::anon_send_exit(log, caf::exit_reason::kill);
    sys.run();
    REQUIRE(first->has_value());
    CHECK(code_of((*first)->error()) == ec::timed_out);
  }
  SECTION("without") {
    caf::anon_send_exit(log, caf::exit_reason::kill);
    sys.run();
  }
  CHECK(has_ended());
}

TEST_CASE_METHOD(fixture, "another writer in its log fails the shard") {
  script->offset_shift = 1;
  CHECK(code_of(write("sms", {row("a", "1")})) == ec::not_available);
  REQUIRE(has_ended());
  CHECK_THAT(what(**end), Contains("shard 3") && Contains("offset 0 expected"));
}

TEST_CASE_METHOD(fixture, "a record that cannot be read is named, and final") {
  auto good = encode_shard_record("sms", {"a", bytes{"1"}}, 0);
  auto [bad, code] =
    GENERATE(std::pair{record{bytes{"?"}, {}, {}, 0}, ec::corrupt_log},
             std::pair{record{bytes{std::string{"\x02\0\x01gk", 5}}, {}, {}, 0},
                       ec::unsupported_version});
  script->add(make_batch({good, good}));
  script->add(make_batch({good, bad}));
  start();
  CHECK(code_of(write("sms", {row("a", "2")})) == code);
  auto image = sys.ask<group_image>(shard, load_atom_v, std::string{"sms"});
  REQUIRE_FALSE(image);
  CHECK_THAT(what(image.error()), Contains("shard 3") && Contains("offset 3"));
  CHECK_FALSE(sys.ask<std::vector<std::string>>(shard, groups_atom_v));
  CHECK_FALSE(has_ended());
}

TEST_CASE_METHOD(fixture, "a damaged batch is named, and final") {
  auto batch = make_batch({encode_shard_record("sms", {"a", bytes{"1"}}, 0)});
  batch.records = batch.records.slice(0, batch.records.size() - 1);
  script->add(batch);
  start();
  auto refused = write("sms", {row("a", "2")});
  CHECK(code_of(refused) == ec::corrupt_log);
  CHECK_THAT(what(refused), Contains("shard 3") && Contains("offset 0"));
}

TEST_CASE_METHOD(fixture, "the replay reads a compacted log") {
  auto at = [](int64_t offset, const char* key, const char* value) {
    return placed_record{offset,
                         encode_shard_record("sms", {key, bytes{value}}, 0)};
  };
  auto like = make_batch({record{{}, {}, {}, 0}}).header;
  script->log_start = 10;
  like.base_offset = 12;
  auto sparse =
    make_sparse_batch({at(13, "a", "1"), at(17, "b", "2")}, like, 19);
  like.base_offset = 20;
  auto empty = make_sparse_batch({}, like, 24);
  script->batches = {sparse, empty};
  script->log_end = 25;
  start();
  CHECK(load("sms").records == rows{row("a", "1"), row("b", "2")});
  CHECK(load("sms").log_end == 27);
}

TEST_CASE_METHOD(fixture, "requests wait for the replay, so many and no more") {
  for (int i = 0; i < 10; ++i)
    script->add(make_batch(
      {encode_shard_record("sms", {"a", bytes{std::to_string(i)}}, 0)}));
  script->holds_fetches = true;
  config.waiting_max = 2;
  start();
  auto loaded =
    ask_later<group_image>(sys, shard, load_atom_v, std::string{"sms"});
  auto listed = ask_later<std::vector<std::string>>(sys, shard, groups_atom_v);
  sys.run();
  CHECK(code_of(write("sms", {row("a", "2")})) == ec::queue_full);
  CHECK_FALSE(loaded->has_value());
  release();
  REQUIRE((loaded->has_value() && **loaded));
  CHECK((**loaded)->records == rows{row("a", "9")});
  REQUIRE((listed->has_value() && **listed));
  CHECK(***listed == std::vector<std::string>{"sms"});
}

TEST_CASE_METHOD(fixture, "a log that cannot be read is tried by a new shard") {
  script->holds_fetches = true;
  start();
  auto waiting = write_later("sms", {row("a", "1")});
  sys.advance(31s);
  REQUIRE(waiting->has_value());
  CHECK(code_of((*waiting)->error()) == ec::not_available);
  REQUIRE(has_ended());
  CHECK(code_of(**end) == ec::not_available);
}

TEST_CASE_METHOD(fixture, "what no log can hold is refused before anything") {
  CHECK(code_of(write("", {row("a", "1")})) == ec::invalid_argument);
  CHECK(code_of(write(std::string(group_bytes_max + 1, 'g'), {row("a", "1")}))
        == ec::invalid_argument);
  auto too_large = write("sms", {row("a", std::string(1 * mib, 'x'))});
  CHECK(code_of(too_large) == ec::invalid_argument);
  CHECK_THAT(what(too_large), Contains("the most is 1048576"));
  CHECK_FALSE(write("sms", {}));
  CHECK(script->batches.empty());
  CHECK_FALSE(has_ended());
}

TEST_CASE_METHOD(fixture, "bytes that wait are bounded") {
  config.waiting_bytes_max = 1'000;
  start();
  script->holds_appends = true;
  auto in_flight = write_later("sms", {row("a", std::string(900, 'x'))});
  auto waits = write_later("sms", {row("a", std::string(900, 'y'))});
  CHECK(code_of(write("sms", {row("a", std::string(900, 'z'))}))
        == ec::queue_full);
  release();
  CHECK((in_flight->has_value() && **in_flight));
  CHECK((waits->has_value() && **waits));
}

TEST_CASE_METHOD(fixture, "who waits is told when the shard is stopped") {
  script->holds_appends = true;
  auto in_flight = write_later("sms", {row("a", "1")});
  auto behind = write_later("sms", {row("a", "2")});
  auto reason =
    GENERATE(caf::exit_reason::user_shutdown, caf::exit_reason::kill);
  caf::anon_send_exit(shard, reason);
  sys.run();
  for (auto& x : {in_flight, behind}) {
    REQUIRE(x->has_value());
    CHECK(code_of((*x)->error()) == ec::shutting_down);
  }
}
