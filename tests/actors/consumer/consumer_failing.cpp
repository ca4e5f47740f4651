// A record that cannot be done neither blocks its partition for ever, if that
// is not wanted, nor disappears; a gateway that is down costs no record.
#include <map>

#include "actors/consumer/dead_letter.hpp"
#include "actors/protocol/retry_after.hpp"
#include "tests/actors/consumer/stage.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::stage;
using namespace std::chrono_literals;

namespace {

using kind = failure_policy::kind;

/// One partition with three records, of which the second one cannot be done.
struct failing : theatre {
  explicit failing(caf::error why, kind what = kind::dead)
    : reason(std::move(why)) {
    team.first = {from(0, 0)};
    settings.failures.what = what;
    settings.failures.attempts_max = 3;
    hand.decide = [this](const delivery& x) {
      return x.offset == 1 && fails ? reason : caf::error{};
    };
    logs[0].append(3);
  }

  std::vector<dead_letter> dead() const {
    std::vector<dead_letter> result;
    for (const auto& x : letters.got) {
      auto read = read_dead_letter(x.content);
      REQUIRE(read);
      result.push_back(*read);
    }
    return result;
  }

  caf::error reason;
  bool fails = true;
};

} // namespace

TEST_CASE("a record that is rejected is a dead letter at once, and the "
          "partition goes on") {
  failing play{make_error(ec::record_rejected, "no such number")};
  play.start();
  CHECK(play.hand.offsets(0) == std::vector<int64_t>{0, 1, 2});
  auto dead = play.dead();
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].topic == "messages");
  CHECK(dead[0].partition == 0);
  CHECK(dead[0].offset == 1);
  CHECK(dead[0].group == "SMSGroup");
  CHECK(dead[0].consumer == "SMSGroup-1");
  CHECK(dead[0].attempts == 1);
  CHECK(dead[0].reason == "record_rejected: no such number");
  CHECK(dead[0].content.value.view() == "v1");
  CHECK(play.letters.got[0].topic == "messages.SMSGroup.dead");
  CHECK(play.signs.created
        == std::vector<std::string>{"messages.SMSGroup.dead"});
  // A record as large as its own topic takes is a letter that is larger.
  CHECK(play.signs.created_settings[0].record_bytes_max == letter_bytes_max);
  CHECK(play.team.committed[part(0)] == 3);
  auto status = play.status();
  CHECK(status.handled == 2);
  CHECK(status.dead_letters == 1);
}

TEST_CASE("a record that fails is tried as often as it may, with growing "
          "waits") {
  failing play{make_error(ec::handler_failed, "it answered 500")};
  play.start();
  CHECK(play.status().activity == "retrying 1/3");
  play.sys.advance(10s);
  CHECK(play.status().activity == "idle");
  CHECK(play.hand.offsets(0) == std::vector<int64_t>{0, 1, 1, 1, 2});
  REQUIRE(play.dead().size() == 1);
  CHECK(play.dead()[0].attempts == 3);
  CHECK(play.team.committed[part(0)] == 3);
}

TEST_CASE("a record that was committed before fails once, and is a dead "
          "letter") {
  failing play{make_error(ec::handler_failed, "it answered 500")};
  play.settings.commit.what = commit_policy::kind::before;
  play.start();
  play.sys.advance(10s);
  CHECK(play.hand.offsets(0) == std::vector<int64_t>{0, 1, 2});
  REQUIRE(play.dead().size() == 1);
  CHECK(play.dead()[0].offset == 1);
  CHECK(play.status().given_up == 0);
  CHECK(play.team.committed[part(0)] == 3);
}

TEST_CASE("before: partitions that were announced together all go, whatever "
          "becomes of the first one") {
  theatre play{0, 3};
  play.settings.commit.what = commit_policy::kind::before;
  play.settings.failures.what = kind::dead;
  play.settings.failures.circuit_failures = 1;
  play.settings.failures.circuit_pause = 60s;
  for (int32_t n = 0; n < 3; ++n) {
    play.team.first.push_back(play.from(n, 0));
    play.logs[n].append(2);
  }
  auto is_down = true;
  play.hand.decide = [&](const delivery&) {
    return is_down ? make_error(ec::gateway_unavailable, "down") : caf::error{};
  };
  play.start();
  play.sys.advance(1s);
  auto first = play.hand.got.size();
  CHECK(first >= 1);
  // All that is committed was handed out, and is a dead letter.
  int64_t committed = 0;
  for (int32_t n = 0; n < 3; ++n)
    committed += play.team.committed[part(n)];
  CHECK(committed == static_cast<int64_t>(first));
  CHECK(play.letters.got.size() == first);
  CHECK(play.status().activity == "circuit open");
  // After the pause one record is committed and tried, not one of each.
  play.sys.advance(61s);
  CHECK(play.hand.got.size() == first + 1);
  is_down = false;
  play.sys.advance(61s);
  CHECK(play.hand.got.size() == 6);
  CHECK(play.letters.got.size() == first + 1);
}

TEST_CASE("without dead letters the partition waits for ever") {
  failing play{make_error(ec::record_rejected, "never"), kind::retry};
  play.start();
  play.sys.advance(10min);
  CHECK(play.letters.got.empty());
  CHECK(play.letters.producers == 0);
  CHECK(play.team.committed[part(0)] == 1);
  play.fails = false;
  play.sys.advance(1min);
  CHECK(play.team.committed[part(0)] == 3);
}

TEST_CASE("a gateway that is away costs no record an attempt") {
  failing play{make_error(ec::gateway_unavailable, "no answer")};
  play.settings.failures.circuit_failures = 4;
  play.settings.failures.circuit_pause = 60s;
  play.start();
  play.sys.advance(10s);
  CHECK(play.status().activity == "circuit open");
  CHECK(play.status().activity_ms > 40'000);
  play.sys.advance(10min);
  // Four failures, then once a minute.
  auto tries = play.hand.got.size();
  CHECK(tries >= 10);
  CHECK(tries <= 16);
  CHECK(play.letters.got.empty());
  play.fails = false;
  play.sys.advance(61s);
  CHECK(play.team.committed[part(0)] == 3);
  CHECK(play.hand.offsets(0).back() == 2);
}

TEST_CASE("an open circuit holds back all partitions") {
  theatre play{0, 3};
  play.team.first = {play.from(0, 0), play.from(1, 0), play.from(2, 0)};
  play.settings.failures.circuit_failures = 1;
  play.settings.failures.circuit_pause = 60s;
  bool is_down = true;
  play.hand.decide = [&](const delivery&) {
    return is_down ? make_error(ec::gateway_unavailable, "down") : caf::error{};
  };
  for (int32_t n = 0; n < 3; ++n)
    play.logs[n].append(2);
  play.start();
  play.sys.advance(59s);
  CHECK(play.hand.got.size() == 1);
  play.sys.advance(61s);
  CHECK(play.hand.got.size() == 3);
  is_down = false;
  play.sys.advance(61s);
  for (int32_t n = 0; n < 3; ++n)
    CHECK(play.team.committed[part(n)] == 2);
}

TEST_CASE("a record that never gets to the gateway does not close the "
          "circuit") {
  theatre play{0, 1};
  play.team.first = {play.from(0, 0)};
  play.settings.failures.what = kind::dead;
  play.settings.failures.circuit_failures = 1;
  play.settings.failures.circuit_pause = 60s;
  play.hand.decide = [](const delivery& x) {
    return x.offset < 2 ? make_error(ec::record_rejected, "it lacks a field")
                        : make_error(ec::gateway_unavailable, "down");
  };
  play.logs[0].append(2);
  play.start();
  play.post(0, 1);
  CHECK(play.hand.got.size() == 3);
  // From now on the record before it in line is one that is rejected.
  play.hand.decide = [&, n = 0](const delivery&) mutable {
    return ++n == 1 ? make_error(ec::record_rejected, "it lacks a field")
                    : make_error(ec::gateway_unavailable, "down");
  };
  play.post(0, 10);
  play.sys.advance(61s);
  // The one that is rejected, then one that tries the gateway; no more.
  CHECK(play.hand.got.size() == 5);
  CHECK(play.status().activity == "circuit open");
}

TEST_CASE("the gateway's wish to be left alone is obeyed") {
  failing play{make_error(ec::gateway_unavailable, "later", 90s)};
  play.settings.failures.circuit_failures = 0;
  play.start();
  play.sys.advance(89s);
  CHECK(play.hand.offsets(0) == std::vector<int64_t>{0, 1});
  play.fails = false;
  play.sys.advance(2s);
  CHECK(play.hand.offsets(0) == std::vector<int64_t>{0, 1, 1, 2});
}

TEST_CASE("a dead letter that cannot be posted is tried until it is there") {
  failing play{make_error(ec::record_rejected, "never")};
  SECTION("the topic cannot be made") {
    play.signs.create_error = make_error(ec::not_available, "no controller");
    play.start();
    play.sys.advance(1min);
    CHECK(play.letters.got.empty());
    CHECK(play.team.committed[part(0)] == 1);
    CHECK(play.status().last_problem.find("the dead letter of messages-0 at "
                                          "offset 1")
          != std::string::npos);
    play.signs.create_error = caf::none;
  }
  SECTION("it is there already") {
    play.signs.create_error = make_error(ec::topic_exists, "it is there");
    play.start();
  }
  SECTION("it is not taken") {
    play.letters.error = make_error(ec::not_available, "offline");
    play.start();
    play.sys.advance(1min);
    CHECK(play.team.committed[part(0)] == 1);
    play.letters.error = caf::none;
  }
  play.sys.advance(1min);
  CHECK(play.letters.got.size() == 1);
  CHECK(play.hand.offsets(0) == std::vector<int64_t>{0, 1, 2});
  CHECK(play.team.committed[part(0)] == 3);
}

TEST_CASE("a dead letter that its topic does not take says so, until it does") {
  failing play{make_error(ec::record_rejected, "never")};
  play.letters.error = make_error(ec::record_too_large, "2000 bytes");
  play.start();
  play.sys.advance(10min);
  CHECK(play.status().last_problem
        == "the dead letter of messages-0 at offset 1, for which its partition "
           "waits: raise record_bytes_max of messages.SMSGroup.dead: "
           "record_too_large: 2000 bytes");
  CHECK(play.status().activity == "posting a dead letter");
  CHECK(play.team.committed[part(0)] == 1);
  play.letters.error = caf::none;
  play.sys.advance(1min);
  CHECK(play.letters.got.size() == 1);
  CHECK(play.team.committed[part(0)] == 3);
}

TEST_CASE("a dead letter that comes back is handed out as it was") {
  theatre play{0, 1};
  play.settings.failures.what = kind::dead;
  dead_letter x{
    "messages",   7,     70, "SMSGroup",
    "SMSGroup-2", "why", 5,  {bytes{"k"}, bytes{"v"}, {{"h", bytes{"w"}}}, 77}};
  auto place = play.from(0, 0);
  place.topic = "messages.SMSGroup.replay";
  play.team.first = {place};
  play.logs[0].append_records({to_record(x)});
  auto is_rejected = false;
  play.hand.decide = [&](const delivery&) {
    return is_rejected ? make_error(ec::record_rejected, "still")
                       : caf::error{};
  };
  SECTION("to a function") {
    play.start();
  }
  SECTION("to an actor") {
    play.start_actor();
  }
  SECTION("and is one again") {
    is_rejected = true;
    play.start();
    REQUIRE(play.letters.got.size() == 1);
    CHECK(play.letters.got[0].topic == "messages.SMSGroup.dead");
    auto again = read_dead_letter(play.letters.got[0].content);
    REQUIRE(again);
    CHECK(again->topic == "messages");
    CHECK(again->offset == 70);
    CHECK(again->content == x.content);
  }
  play.sys.advance(1s);
  REQUIRE(play.hand.got.size() == 1);
  const auto& got = play.hand.got[0];
  CHECK(got.topic == "messages");
  CHECK(got.id.partition == 7);
  CHECK(got.offset == 70);
  CHECK(got.content == x.content);
  CHECK(play.team.committed[part(0)] == 1);
  // It asks for what comes back, too.
  CHECK(play.team.joins.back().topics
        == std::vector<std::string>{"messages", "messages.SMSGroup.replay"});
}

TEST_CASE("what comes back and is no letter of this group and topic goes to "
          "nobody") {
  theatre play{0, 1};
  play.settings.failures.what = kind::dead;
  SECTION("and its own comes") {}
  SECTION("committed before") {
    play.settings.commit.what = commit_policy::kind::before;
  }
  dead_letter own;
  own.topic = "messages";
  own.offset = 70;
  own.group = "SMSGroup";
  own.attempts = 1;
  own.content.value = bytes{"own"};
  auto of_others = own;
  of_others.group = "EmailGroup";
  auto of_another_topic = own;
  of_another_topic.topic = "orders";
  record none;
  none.value = bytes{"none"};
  auto place = play.from(0, 0);
  place.topic = "messages.SMSGroup.replay";
  play.team.first = {place};
  play.logs[0].append_records(
    {none, to_record(of_others), to_record(of_another_topic), to_record(own)});
  play.start();
  REQUIRE(play.hand.got.size() == 1);
  CHECK(play.hand.got[0].content.value.view() == "own");
  CHECK(play.hand.got[0].offset == 70);
  CHECK(play.team.committed[part(0)] == 4);
  CHECK(play.letters.got.empty());
  CHECK(play.status().last_problem
        == "messages.SMSGroup.replay-0: the record at offset 2 is no dead "
           "letter of this group and topic; it is passed over");
}

TEST_CASE("a topic that is read by name has ordinary records, whatever its "
          "name") {
  theatre play{0, 1};
  play.settings.failures.what = kind::dead;
  play.settings.topics = {"messages", "messages.SMSGroup.replay"};
  auto place = play.from(0, 0);
  place.topic = "messages.SMSGroup.replay";
  play.team.first = {place};
  play.logs[0].append(2);
  play.start();
  CHECK(play.hand.offsets(0) == std::vector<int64_t>{0, 1});
}

TEST_CASE("who loses the partition meanwhile gives nothing up for the next "
          "owner") {
  failing play{make_error(ec::record_rejected, "never")};
  play.letters.error = make_error(ec::not_available, "offline");
  play.start();
  play.sys.advance(1s);
  play.fence();
  play.letters.error = caf::none;
  play.team.first.clear();
  play.sys.advance(1min);
  CHECK(play.letters.got.empty());
  CHECK(play.team.committed[part(0)] == 1);
}
