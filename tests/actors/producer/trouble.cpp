// What can go wrong between a producer and a log: each case with what must be
// in the log afterwards, and what the user must have been told.
#include "tests/actors/producer/stage.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

using values = std::vector<std::string>;

namespace {

caf::expected<record_metadata> post(stage& s, const producer_actor& producer,
                                    const posting& x) {
  return s.sys.ask_within<record_metadata>(10min, producer, post_atom_v, x);
}

later<record_metadata> post_later(stage& s, const producer_actor& producer,
                                  const posting& x) {
  auto result = ask_later<record_metadata>(s.sys, producer, post_atom_v, x);
  s.sys.run();
  return result;
}

} // namespace

TEST_CASE("a lost answer is asked for again, not appended again") {
  stage s;
  auto producer = s.start();
  s.bad.lost_answers = 100;
  auto answer = post_later(s, producer, to_post("a"));
  CHECK(s.stored() == values{"a"});
  CHECK_FALSE(*answer);
  s.bad.lost_answers = 0;
  s.sys.advance(11s);
  REQUIRE(*answer);
  REQUIRE(**answer);
  CHECK((**answer)->offset == 0);
  CHECK(s.stored() == values{"a"});
  auto now = *s.sys.ask<producer_status>(producer, status_atom_v);
  CHECK(now.retried_batches == 1);
}

TEST_CASE("what waits behind a lost batch stays behind it") {
  stage s;
  auto producer = s.start();
  s.bad.lost_requests = 100;
  post_later(s, producer, to_post("a"));
  post_later(s, producer, to_post("b"));
  post_later(s, producer, to_post("c"));
  s.bad.lost_requests = 0;
  s.sys.advance(30s);
  CHECK(s.stored() == values{"a", "b", "c"});
}

TEST_CASE("a record that cannot be delivered fails in time") {
  stage s;
  producer_settings settings;
  settings.delivery_timeout = 30s;
  auto producer = s.start(settings);
  s.kill("messages", 0);
  auto answer = post_later(s, producer, to_post("a"));
  s.sys.advance(29s);
  CHECK_FALSE(*answer);
  s.sys.advance(1s);
  REQUIRE(*answer);
  REQUIRE_FALSE(**answer);
  CHECK(what((**answer).error())
        == "timed_out: messages-0: not acknowledged within 30000 ms, it was "
           "not written (not_available: the partition is starting)");
  CHECK(s.bad.located < 160);
  // It recovers by itself.
  s.open("messages", 0);
  CHECK(post(s, producer, to_post("b")));
  CHECK(s.stored() == values{"b"});
}

TEST_CASE("records are kept while nobody leads, or too few follow") {
  for (auto code :
       {ec::not_leader, ec::not_enough_replicas, ec::not_available,
        ec::unknown_leader_epoch, ec::fenced_leader_epoch, ec::timed_out}) {
    INFO(to_string(code));
    stage s;
    producer_settings settings;
    settings.delivery_timeout = 30s;
    auto producer = s.start(settings);
    s.bad.append_error = make_error(code, "elected just now");
    auto answer = post_later(s, producer, to_post("a"));
    s.sys.advance(20s);
    CHECK_FALSE(*answer);
    s.bad.append_error = caf::none;
    s.sys.advance(2s);
    CHECK(*answer);
    CHECK(s.stored() == values{"a"});
    // Not for ever.
    s.bad.append_error = make_error(code, "elected just now");
    auto late = post_later(s, producer, to_post("b"));
    s.sys.advance(31s);
    REQUIRE(*late);
    REQUIRE_FALSE(**late);
    CHECK(code_of((**late).error()) == ec::timed_out);
  }
}

TEST_CASE("records are kept while the leader cannot be found") {
  for (auto code : {ec::not_leader, ec::not_available, ec::timed_out}) {
    INFO(to_string(code));
    stage s;
    auto producer = s.start();
    s.bad.locate_error = make_error(code, "elected just now");
    auto answer = post_later(s, producer, to_post("a"));
    s.sys.advance(5s);
    CHECK_FALSE(*answer);
    s.bad.locate_error = caf::none;
    s.sys.advance(2s);
    CHECK(*answer);
  }
}

TEST_CASE("after an unknown outcome sequences begin anew") {
  stage s;
  producer_settings settings;
  settings.delivery_timeout = 5s;
  auto producer = s.start(settings);
  CHECK(post(s, producer, to_post("a")));
  s.bad.lost_answers = 100;
  auto lost = post(s, producer, to_post("b"));
  REQUIRE_FALSE(lost);
  CHECK(what(lost.error())
        == "timed_out: messages-0: not acknowledged within 5000 ms, whether it "
           "was written is unknown (no answer came)");
  CHECK(s.bad.identities == 1);
  s.bad.lost_answers = 0;
  // Under the old numbers this would be taken for the lost one.
  auto next = post(s, producer, to_post("c"));
  REQUIRE(next);
  CHECK(next->offset == 2);
  CHECK(s.bad.identities == 2);
  CHECK(s.stored() == values{"a", "b", "c"});
}

TEST_CASE("records are kept while the topic cannot be asked for") {
  stage s;
  auto producer = s.start();
  s.bad.topic_error = make_error(ec::not_available, "starting");
  auto answer = post_later(s, producer, to_post("a"));
  s.sys.advance(5s);
  CHECK_FALSE(*answer);
  CHECK(s.bad.topics_asked < 20);
  s.bad.topic_error = caf::none;
  s.sys.advance(2s);
  CHECK(*answer);
  CHECK(s.stored() == values{"a"});
}

TEST_CASE("a topic that never answers fails its records in time") {
  stage s;
  producer_settings settings;
  settings.delivery_timeout = 30s;
  auto producer = s.start(settings);
  s.bad.topic_error = make_error(ec::not_available, "starting");
  auto answer = post(s, producer, to_post("a"));
  REQUIRE_FALSE(answer);
  CHECK(what(answer.error())
        == "timed_out: messages: never sent; not_available: starting");
}

TEST_CASE("records are kept while no identity is given") {
  stage s;
  auto producer = s.start();
  s.bad.identify_error = make_error(ec::not_available, "starting");
  auto answer = post_later(s, producer, to_post("a"));
  s.sys.advance(5s);
  CHECK_FALSE(*answer);
  s.bad.identify_error = caf::none;
  s.sys.advance(2s);
  CHECK(*answer);
  CHECK(s.stored() == values{"a"});
}

TEST_CASE("an error for good fails the records at once") {
  stage s;
  auto producer = s.start();
  SECTION("no identity") {
    s.bad.identify_error = make_error(ec::storage_failed, "bad disk");
  }
  SECTION("no partition") {
    s.bad.locate_error = make_error(ec::corrupt_log, "bad segment");
  }
  SECTION("no topic") {
    s.bad.topic_error = make_error(ec::shutting_down, "the node is stopping");
  }
  auto before = s.sys.now_ms();
  auto answer = post(s, producer, to_post("a"));
  CHECK_FALSE(answer);
  CHECK(s.sys.now_ms() == before);
  s.bad.identify_error = caf::none;
  s.bad.locate_error = caf::none;
  s.bad.topic_error = caf::none;
  s.sys.advance(1s);
  CHECK(post(s, producer, to_post("b")));
  CHECK(s.stored() == values{"b"});
}

TEST_CASE("a disk that is full for a while delays, no more") {
  stage s;
  auto producer = s.start();
  post(s, producer, to_post("a"));
  s.disk->set_capacity(s.disk->used_bytes());
  auto answer = post_later(s, producer, to_post("b"));
  s.sys.advance(10s);
  CHECK_FALSE(*answer);
  s.disk->set_capacity(1 * gib);
  s.sys.advance(2s);
  REQUIRE(*answer);
  REQUIRE(**answer);
  CHECK(s.stored() == values{"a", "b"});
}

TEST_CASE("a disk that failed for a while delays, and nothing comes twice") {
  stage s;
  auto producer = s.start();
  post(s, producer, to_post("a"));
  s.disk->plan({.what = simulation::disk_fault::sync_fails});
  auto first = post_later(s, producer, to_post("b"));
  s.sys.advance(1ms);
  CHECK_FALSE(*first);
  auto cut_power = GENERATE(false, true);
  if (cut_power)
    s.disk->crash();
  s.open("messages", 0);
  s.sys.advance(2s);
  REQUIRE(*first);
  CHECK(**first);
  CHECK(post(s, producer, to_post("c")));
  CHECK(s.stored() == values{"a", "b", "c"});
}

TEST_CASE("after a power cut that took records with acks=leader it goes on") {
  stage s;
  producer_settings settings;
  settings.acks = acks::leader;
  auto producer = s.start(settings);
  // The first is synced by somebody else, so that the producer stays known.
  post(s, producer, to_post("a"));
  auto other = s.start();
  post(s, other, to_post("x"));
  post(s, producer, to_post("b"));
  s.kill("messages", 0);
  s.disk->crash();
  s.open("messages", 0);
  auto next = post(s, producer, to_post("c"));
  REQUIRE(next);
  CHECK(next->offset == 2);
  CHECK(s.stored() == values{"a", "x", "c"});
  // One for each producer, and a new one behind the gap.
  CHECK(s.bad.identities == 3);
}

TEST_CASE("a partition that comes back under a new handle is found") {
  stage s;
  s.pace->delay = 10ms;
  auto producer = s.start();
  auto answer = post_later(s, producer, to_post("a"));
  s.kill("messages", 0);
  s.sys.advance(100ms);
  s.disk->kill();
  s.open("messages", 0);
  s.sys.advance(5s);
  REQUIRE(*answer);
  CHECK(outcome(**answer) == "ok");
  CHECK(s.stored() == values{"a"});
}

TEST_CASE("a partition that was added is found when it is asked for") {
  stage s;
  auto producer = s.start();
  CHECK(post(s, producer, to_post("a", 0)));
  s.add_topic("other", 1, 2);
  s.all->topics["messages"].created_index.resize(2);
  s.open("messages", 1);
  auto found = post(s, producer, to_post("b", 1));
  REQUIRE(found);
  CHECK(found->partition == 1);
  CHECK(outcome(post(s, producer, to_post("c", 2))) == "unknown_partition");
}

TEST_CASE("new partitions get their share without being asked for") {
  stage s;
  auto producer = s.start();
  CHECK(post(s, producer, to_post("a")));
  s.all->topics["messages"].created_index.resize(2);
  s.open("messages", 1);
  s.sys.advance(31s);
  for (int i = 0; i < 10; ++i)
    CHECK(post(s, producer, to_post(std::to_string(i))));
  CHECK(s.stored(1).size() >= 4);
}

TEST_CASE("a topic that was made again is found again") {
  stage s;
  auto producer = s.start();
  CHECK(post(s, producer, to_post("a")));
  s.kill("messages", 0);
  s.all->partitions.clear();
  s.add_topic("messages", 1, 9);
  auto answer = post(s, producer, to_post("b"));
  REQUIRE(answer);
  CHECK(answer->offset == 0);
  CHECK(s.stored() == values{"b"});
}

TEST_CASE("a topic that was deleted fails its records") {
  stage s;
  auto producer = s.start();
  CHECK(post(s, producer, to_post("a")));
  s.kill("messages", 0);
  s.all->partitions.clear();
  s.all->topics.clear();
  CHECK(outcome(post(s, producer, to_post("b"))) == "unknown_topic");
  CHECK(outcome(post(s, producer, to_post("c"))) == "unknown_topic");
  auto now = *s.sys.ask<producer_status>(producer, status_atom_v);
  CHECK(now.buffered_bytes == 0);
}

TEST_CASE("a batch above a limit that was lowered is split, in order, once") {
  stage s;
  producer_settings settings;
  settings.request_timeout = 1s;
  auto producer = s.start(settings);
  CHECK(post(s, producer, to_post("first")));
  // The producer does not know of it yet.
  auto& topic = s.all->topics["messages"];
  topic.settings.record_bytes_max = 300;
  topic_partition id{topic.id, 0};
  REQUIRE(
    s.sys.ask<caf::ok_atom>(s.targets.at(id), config_atom_v, topic.settings));
  SECTION("which is all that goes wrong") {}
  SECTION("and answers are lost") {
    s.bad.lost_answers = 50;
  }
  values all;
  for (int i = 0; i < 40; ++i)
    all.push_back("value " + std::to_string(i) + std::string(20, '.'));
  auto posted = s.sys.ask_within<std::vector<record_metadata>>(
    10min, producer, post_atom_v, to_post(all, 0));
  REQUIRE(posted);
  CHECK(posted->size() == 40);
  for (size_t i = 0; i < posted->size(); ++i)
    CHECK((*posted)[i].offset == static_cast<int64_t>(i) + 1);
  auto expected = all;
  expected.insert(expected.begin(), "first");
  CHECK(s.stored() == expected);
  auto now = *s.sys.ask<producer_status>(producer, status_atom_v);
  CHECK(now.buffered_bytes == 0);
  // Of the refused sizes few: the topic is asked for its new limit.
  if (s.bad.lost_answers == 0)
    CHECK(s.bad.appends < 20);
}

TEST_CASE("one record above a limit that was lowered fails, the others pass") {
  stage s;
  auto producer = s.start();
  CHECK(post(s, producer, to_post("first")));
  auto& topic = s.all->topics["messages"];
  topic.settings.record_bytes_max = 300;
  topic_partition id{topic.id, 0};
  REQUIRE(
    s.sys.ask<caf::ok_atom>(s.targets.at(id), config_atom_v, topic.settings));
  auto small = post_later(s, producer, to_post("small"));
  auto large = post_later(s, producer, to_post(std::string(1000, 'x')));
  auto last = post_later(s, producer, to_post("last"));
  s.sys.advance(5s);
  REQUIRE((*small && *large && *last));
  CHECK(outcome(**small) == "ok");
  CHECK(outcome(**large) == "record_too_large");
  CHECK(outcome(**last) == "ok");
  CHECK(s.stored() == values{"first", "small", "last"});
}
