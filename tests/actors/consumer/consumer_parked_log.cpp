// Which keys are parked is read from the log, by whoever owns the partition:
// nothing goes before that is known, and what is there then is believed.
#include "tests/actors/consumer/parking.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::stage;
using namespace std::chrono_literals;

TEST_CASE("the next consumer finds in the log what is parked") {
  parking play;
  play.keep_parked();
  play.logs[0].append_records({keyed("a", "bad0"), keyed("b", "bad1")});
  play.start();
  play.kill_consumer();
  play.release("b", 2);
  play.hand.got.clear();
  play.team.first = {play.from(0, 2)};
  play.logs[0].append_records(
    {keyed("a", "a2"), keyed("b", "b3"), keyed("c", "c4")});
  SECTION("from its beginning") {}
  SECTION("from where it begins") {
    play.parked.batches.erase(play.parked.batches.begin() + 1);
  }
  play.start();
  CHECK(play.handed() == texts{"b3", "c4"});
  CHECK(play.in_log().back() == "a a2 0");
}

TEST_CASE("nothing goes before it is known what is parked") {
  parking play;
  play.keep_parked(true);
  play.parked.override =
    [](const fetch_request&) -> caf::expected<fetch_result> {
    return make_error(ec::not_available, "offline");
  };
  play.logs[0].append_records({keyed("a", "a0")});
  play.start();
  play.sys.advance(1min);
  CHECK(play.hand.got.empty());
  CHECK(play.status().last_problem
        == "reading what is parked in messages.SMSGroup.parked: "
           "not_available: offline");
  SECTION("and all is well") {
    play.parked.override = nullptr;
    play.sys.advance(1s);
    CHECK(play.handed() == texts{"a0"});
  }
  SECTION("and a letter is there by then") {
    play.parked.override = nullptr;
    dead_letter x;
    x.topic = "messages";
    x.group = "SMSGroup";
    x.content = keyed("a", "before");
    play.parked.append_records({to_record(x)});
    play.sys.advance(1s);
    CHECK(play.hand.got.empty());
    CHECK(play.in_log() == texts{"a before 0", "a a0 0"});
  }
}

TEST_CASE("a node that has not heard of the topic yet is no reason to go on") {
  parking play;
  play.keep_parked();
  play.signs.create_error = make_error(ec::topic_exists, "it is there");
  play.logs[0].append_records({keyed("a", "a0")});
  play.start();
  play.sys.advance(1s);
  CHECK(play.hand.got.empty());
  play.signs.topics["messages.SMSGroup.parked"] = parked_part().topic;
  play.sys.advance(1s);
  CHECK(play.handed() == texts{"a0"});
}

TEST_CASE("a partition that comes later is asked for anew") {
  parking play{2};
  play.keep_parked();
  play.team.first = {play.from(0, 0)};
  play.logs[1].append_records({keyed("k", "k0"), keyed("l", "l1")});
  play.start();
  // Its last owner parked a key while this one waits for news of the log, whose
  // answer is late.
  dead_letter x;
  x.topic = "messages";
  x.partition = 1;
  x.group = "SMSGroup";
  x.content = keyed("k", "before");
  play.parked.append_records({to_record(x)});
  play.assign({play.from(1, 0)});
  CHECK(play.handed() == texts{"l1"});
  CHECK(play.in_log() == texts{"k before 0", "k k0 0"});
  CHECK(play.team.committed[part(1)] == 2);
}

TEST_CASE("a partition that is gone leaves no records of its keys behind") {
  parking play{2};
  play.keep_parked();
  play.logs[0].append_records({keyed("a", "bad0")});
  play.start();
  play.revoke({0}, 1);
  CHECK(play.team.heard.back() == "revoked 0");
  // While another one had it, the key was brought back.
  play.release("a", 1);
  play.logs[0].append_records({keyed("a", "a1")});
  play.assign({play.from(0, 1)});
  CHECK(play.handed() == texts{"bad0", "a1"});
}

TEST_CASE("the log of what is parked may go down, be cut and come anew") {
  parking play;
  play.keep_parked();
  play.logs[0].append_records({keyed("a", "bad0"), keyed("b", "bad1")});
  play.start();
  play.sys.advance(1s);
  SECTION("another one serves it") {
    play.restart_parked();
    play.sys.advance(1s);
    play.post_records(0, {keyed("a", "a2")});
    CHECK(play.handed() == texts{"bad0", "bad1"});
    play.release("a", 3);
    play.post_records(0, {keyed("a", "a3")});
    CHECK(play.handed() == texts{"bad0", "bad1", "a3"});
  }
  SECTION("what was brought back is deleted") {
    play.parked.start = 1;
    play.parked.batches.erase(play.parked.batches.begin());
    play.sys.advance(1s);
    play.post_records(0, {keyed("a", "a2"), keyed("b", "b3")});
    CHECK(play.handed() == texts{"bad0", "bad1", "a2"});
  }
  SECTION("it was cut") {
    play.parked.cut(1);
    play.restart_parked();
    play.sys.advance(1s);
    play.post_records(0, {keyed("a", "a2"), keyed("b", "b3")});
    CHECK(play.handed() == texts{"bad0", "bad1", "b3"});
    CHECK(play.in_log() == texts{"a bad0 1", "a a2 0"});
  }
  SECTION("a damaged batch is read again") {
    auto whole = play.parked.batches;
    play.release("a", 2);
    auto marker = play.parked.batches.back();
    play.kill_consumer();
    auto& records = play.parked.batches.back().records;
    records = records.slice(0, records.size() - 4);
    play.team.first = {play.from(0, 2)};
    play.start();
    play.sys.advance(1s);
    CHECK(play.status().last_problem.find("corrupt_batch")
          != std::string::npos);
    play.logs[0].append_records({keyed("a", "a2")});
    play.parked.batches.back() = marker;
    play.sys.advance(10s);
    CHECK(play.handed() == texts{"bad0", "bad1", "a2"});
  }
}
