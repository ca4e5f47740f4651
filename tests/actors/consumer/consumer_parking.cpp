// The order of a key outlives a record of it that cannot be done: what comes
// after it waits with it, and nothing else does.
#include "actors/consumer/limits.hpp"
#include "tests/actors/consumer/parking.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::stage;
using namespace std::chrono_literals;

TEST_CASE("a key is parked with all that follows, other keys go on") {
  parking play;
  play.keep_parked();
  play.logs[0].append_records({keyed("a", "a0"), keyed("a", "bad1"),
                               keyed("b", "b2"), keyed("a", "a3"),
                               keyed("b", "b4"), keyed("a", "a5")});
  SECTION("a function") {
    play.start();
  }
  SECTION("an actor") {
    play.start_actor();
  }
  CHECK(play.handed() == texts{"a0", "bad1", "b2", "b4"});
  CHECK(play.in_log() == texts{"a bad1 1", "a a3 0", "a a5 0"});
  CHECK(play.team.committed[part(0)] == 6);
  REQUIRE(play.signs.created == texts{"messages.SMSGroup.parked"});
  CHECK(play.signs.created_settings[0].record_bytes_max == letter_bytes_max);
  REQUIRE(play.letters.got.size() == 3);
  CHECK(play.letters.got[0].topic == "messages.SMSGroup.parked");
  CHECK(play.letters.got[0].content.key == bytes{"a"});
  auto second = read_dead_letter(play.letters.got[1].content);
  REQUIRE(second);
  CHECK(second->reason == "its key is parked");
  CHECK(second->offset == 3);
  auto status = play.status();
  CHECK(status.parked == 3);
  CHECK(status.dead_letters == 0);
  CHECK(status.handled == 3);
  // It asks for what comes back, too.
  CHECK(play.team.joins.back().topics
        == texts{"messages", "messages.SMSGroup.replay"});
  // What comes later.
  play.post_records(0, {keyed("a", "a6"), keyed("b", "b7")});
  CHECK(play.handed().back() == "b7");
  CHECK(play.in_log().back() == "a a6 0");
}

TEST_CASE("a key goes on once its letters were brought back") {
  parking play;
  play.keep_parked(true);
  play.logs[0].append_records({keyed("a", "bad0"), keyed("a", "a1")});
  play.start();
  CHECK(play.signs.created.empty());
  REQUIRE(play.in_log() == texts{"a bad0 1", "a a1 0"});
  // One came after those that were brought back.
  play.release("a", 1);
  play.post_records(0, {keyed("a", "a2")});
  CHECK(play.in_log().back() == "a a2 0");
  play.release("a", 4);
  play.post_records(0, {keyed("a", "a3")});
  CHECK(play.handed() == texts{"bad0", "a3"});
  CHECK(play.team.committed[part(0)] == 4);
  // And is parked again.
  play.post_records(0, {keyed("a", "bad4"), keyed("a", "a5")});
  CHECK(play.handed() == texts{"bad0", "a3", "bad4"});
  CHECK(play.in_log()
        == texts{"a bad0 1", "a a1 0", "a < 1", "a a2 0", "a < 4", "a bad4 1",
                 "a a5 0"});
}

TEST_CASE("a record that fails is parked when it has failed often enough") {
  parking play;
  play.keep_parked();
  play.hand.decide = [](const delivery& x) {
    return x.content.value.view() == "bad"
             ? make_error(ec::handler_failed, "it answered 500")
             : caf::error{};
  };
  play.logs[0].append_records(
    {keyed("a", "bad"), keyed("a", "a1"), keyed("b", "b2")});
  play.start();
  CHECK(play.status().activity == "retrying 1/3");
  play.sys.advance(10s);
  CHECK(play.handed() == texts{"bad", "bad", "bad", "b2"});
  CHECK(play.in_log() == texts{"a bad 3", "a a1 0"});
}

TEST_CASE("a record without a key parks only itself") {
  parking play;
  play.keep_parked();
  play.logs[0].append_records({keyed(nullptr, "bad0"), keyed(nullptr, "1"),
                               keyed("", "bad2"), keyed("", "3"),
                               keyed(nullptr, "4")});
  play.start();
  CHECK(play.handed() == texts{"bad0", "1", "bad2", "4"});
  CHECK(play.in_log() == texts{"- bad0 1", " bad2 1", " 3 0"});
  CHECK(play.team.committed[part(0)] == 5);
}

TEST_CASE("the same key of another partition is another one") {
  parking play{2};
  play.keep_parked();
  play.logs[0].append_records({keyed("a", "bad0"), keyed("a", "a1")});
  play.logs[1].append_records({keyed("a", "other")});
  play.start();
  CHECK(play.in_log() == texts{"a bad0 1", "a a1 0"});
  CHECK(play.hand.offsets(1) == std::vector<int64_t>{0});
}

TEST_CASE("a record waits until it is parked, and those after it wait") {
  parking play;
  play.keep_parked();
  play.logs[0].append_records({keyed("a", "bad0"), keyed("b", "b1")});
  play.letters.error = make_error(ec::not_available, "offline");
  play.start();
  play.sys.advance(1min);
  CHECK(play.handed() == texts{"bad0"});
  CHECK(play.status().activity == "parking a record");
  CHECK(play.status().last_problem
        == "parking messages-0 at offset 0: not_available: offline");
  CHECK(play.team.committed.count(part(0)) == 0);
  play.letters.error = caf::none;
  play.sys.advance(1min);
  CHECK(play.handed() == texts{"bad0", "b1"});
  CHECK(play.team.committed[part(0)] == 2);
}

TEST_CASE("no more keys are parked than there may be") {
  parking play;
  play.keep_parked();
  auto max = consumer_limits::parked_keys_max;
  std::vector<record> records;
  for (size_t i = 0; i < max; ++i) {
    dead_letter x;
    x.topic = "messages";
    x.group = "SMSGroup";
    x.content = keyed(fmt::format("k{}", i).c_str(), "v");
    records.push_back(to_record(x));
  }
  play.parked.append_records(records);
  play.logs[0].append_records({keyed(nullptr, "bad0"), keyed("k7", "bad1"),
                               keyed("a", "bad2"), keyed("b", "b3")});
  play.start();
  play.sys.advance(1min);
  // Tried again and again; those of parked keys are parked all the same.
  CHECK(play.in_log().size() == max + 2);
  CHECK(play.hand.got.size() > 5);
  CHECK(play.handed().back() == "bad2");
  CHECK(play.team.committed[part(0)] == 2);
  CHECK(play.status().last_problem
        == "messages-0: 10000 keys are parked, and no more can be: the record "
           "at offset 2 is tried again for ever; bring parked ones back: "
           "record_rejected: no such number");
  CHECK(play.status().activity.starts_with("retrying, attempt "));
  play.release("k7", play.parked.end);
  play.sys.advance(1min);
  CHECK(play.in_log().back().starts_with("a bad2 "));
  CHECK(play.handed().back() == "b3");
}

TEST_CASE("what comes back and fails again is tried for ever") {
  parking play;
  play.keep_parked();
  dead_letter x;
  x.topic = "messages";
  x.group = "SMSGroup";
  x.offset = 70;
  x.content = keyed("a", "bad");
  auto place = play.from(0, 0);
  place.topic = "messages.SMSGroup.replay";
  play.team.first = {place};
  play.logs[0].append_records({to_record(x)});
  play.start();
  play.sys.advance(1min);
  CHECK(play.hand.got.size() > 5);
  CHECK(play.hand.got.back().offset == 70);
  CHECK(play.letters.got.empty());
  CHECK(play.status().activity.starts_with("retrying, attempt "));
  play.fails = false;
  play.sys.advance(1min);
  CHECK(play.team.committed[part(0)] == 1);
}

TEST_CASE("keys are not parked by who commits before") {
  parking play;
  play.settings.commit.what = commit_policy::kind::before;
  play.start();
  CHECK(play.team.joins.empty());
}
