// A producer stands between users and everything that can go wrong. Users are
// told the truth: acknowledged, refused, or unknown.
#include "tests/actors/producer/stage.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

using values = std::vector<std::string>;
using places = std::vector<record_metadata>;

namespace {

caf::expected<record_metadata> post(stage& s, const producer_actor& producer,
                                    const posting& x) {
  return s.sys.ask_within<record_metadata>(10min, producer, post_atom_v, x);
}

producer_status status(stage& s, const producer_actor& producer) {
  return *s.sys.ask<producer_status>(producer, status_atom_v);
}

} // namespace

// -- posting --------------------------------------------------------------

TEST_CASE("a record is posted and its place is told") {
  stage s;
  auto producer = s.start();
  auto first = post(s, producer, to_post("a"));
  REQUIRE(first);
  CHECK(first->topic == "messages");
  CHECK(first->partition == 0);
  CHECK(first->offset == 0);
  CHECK(post(s, producer, to_post("b"))->offset == 1);
  CHECK(s.stored() == values{"a", "b"});
  auto now = status(s, producer);
  CHECK(now.posted == 2);
  CHECK(now.acknowledged == 2);
  CHECK(now.failed == 0);
  CHECK(now.buffered_bytes == 0);
}

TEST_CASE("a record without timestamp is of now, one with a time keeps it") {
  stage s;
  auto producer = s.start();
  s.sys.advance(1min);
  post(s, producer, to_post("a"));
  auto timed = to_post("b");
  timed.content.timestamp_ms = 12345;
  post(s, producer, timed);
  auto found = s.sys.ask<fetch_result>(s.targets.begin()->second, fetch_atom_v,
                                       fetch_request{});
  REQUIRE(found);
  REQUIRE(found->batches.size() == 2);
  CHECK(found->batches[0].header.base_timestamp_ms == s.sys.now_ms());
  CHECK(found->batches[1].header.base_timestamp_ms == 12345);
}

TEST_CASE("batches are compressed when told, and when that helps") {
  auto how =
    GENERATE(codec::none, codec::gzip, codec::snappy, codec::lz4, codec::zstd);
  stage s;
  producer_settings settings;
  settings.compression = {how, 0};
  auto producer = s.start(settings);
  values expected(100, "the same words again and again");
  REQUIRE(s.sys.ask<places>(producer, post_atom_v, to_post(expected)));
  REQUIRE(post(s, producer, to_post("x")));
  expected.push_back("x");
  CHECK(s.stored() == expected);
  auto found = s.sys.ask<fetch_result>(s.targets.begin()->second, fetch_atom_v,
                                       fetch_request{});
  REQUIRE(found);
  REQUIRE(found->batches.size() == 2);
  auto& first = found->batches[0];
  CHECK(first.header.codec() == static_cast<int>(how));
  CHECK((first.encoded_bytes() < 2000) == (how != codec::none));
  CHECK(found->batches[1].header.codec() == 0);
}

TEST_CASE("what is too large decompressed is posted in smaller batches") {
  stage s;
  s.limits.decompressed_bytes_max = 1000;
  s.open("messages", 0);
  producer_settings settings;
  settings.compression = {codec::zstd, 0};
  auto producer = s.start(settings);
  values expected(100, "the same words again and again");
  REQUIRE(s.sys.ask<places>(producer, post_atom_v, to_post(expected)));
  CHECK(s.stored() == expected);
}

TEST_CASE("many records in one message are answered in one, in order") {
  stage s{0, 3};
  auto producer = s.start();
  std::vector<posting> xs;
  for (int i = 0; i < 30; ++i)
    xs.push_back(to_post(std::to_string(i), i % 3));
  auto answer = s.sys.ask<places>(producer, post_atom_v, xs);
  REQUIRE(answer);
  REQUIRE(answer->size() == 30);
  for (int i = 0; i < 30; ++i) {
    auto& place = (*answer)[static_cast<size_t>(i)];
    CHECK(place.partition == i % 3);
    CHECK(place.offset == i / 3);
  }
  // A batch a partition.
  CHECK(s.bad.appends == 3);
  CHECK(
    s.sys.ask<places>(producer, post_atom_v, std::vector<posting>{})->empty());
}

TEST_CASE("what is posted at once leaves together") {
  stage s;
  s.pace->delay = 5ms;
  auto producer = s.start();
  std::vector<later<record_metadata>> answers;
  for (int i = 0; i < 1000; ++i)
    answers.push_back(ask_later<record_metadata>(s.sys, producer, post_atom_v,
                                                 to_post(std::to_string(i))));
  s.sys.advance(1s);
  for (auto& x : answers)
    REQUIRE(*x);
  CHECK(s.bad.appends <= 3);
  CHECK(s.stored().size() == 1000);
}

TEST_CASE("one failure answers for the whole message") {
  stage s{0, 3};
  auto producer = s.start();
  auto xs = to_post(values{"a", "b", "c"}, 0);
  xs[1].partition = 3;
  auto answer = s.sys.ask<places>(producer, post_atom_v, xs);
  REQUIRE_FALSE(answer);
  CHECK(what(answer.error())
        == "unknown_partition: messages-3: no such partition; the topic has 3");
  s.sys.advance(1s);
  auto now = status(s, producer);
  CHECK(now.acknowledged == 2);
  CHECK(now.failed == 1);
  CHECK(now.buffered_bytes == 0);
}

TEST_CASE("what cannot be posted is refused with the reason") {
  stage s;
  s.all->topics["messages"].settings.record_bytes_max = 5000;
  s.add_topic("__commit_offsets", 1, 2);
  s.all->topics["__commit_offsets"].is_internal = true;
  producer_settings settings;
  settings.buffer_bytes = 10'000;
  auto producer = s.start(settings);
  auto early = to_post("a");
  early.content.timestamp_ms = -2;
  struct row {
    posting what_to_post;
    const char* expected;
  };
  const row rows[] = {
    {to_post("a", 0, ""), "invalid_argument: topic: must not be empty"},
    {to_post("a", -2),
     "invalid_argument: partition: -2; must be 0 or more, or -1 to have one "
     "chosen"},
    {early, "invalid_argument: timestamp_ms: -2; must be 0 or more, or -1 for "
            "now"},
    {to_post("a", 0, "letters"), "unknown_topic: letters: no such topic"},
    {to_post("a", 1),
     "unknown_partition: messages-1: no such partition; the topic has 1"},
    {to_post("a", 0, "__commit_offsets"),
     "invalid_argument: __commit_offsets: is internal; not to be posted to"},
    {to_post(std::string(6000, 'x')),
     "record_too_large: messages: a record of 6068 bytes; the topic's "
     "record_bytes_max is 5000"},
    {to_post(std::string(20'000, 'x')),
     "record_too_large: messages: a record of 20068 bytes; the topic's "
     "record_bytes_max is 5000"},
    {to_post(std::string(20'000, 'x'), 0, "letters"),
     "record_too_large: letters: a record of 20036 bytes; the producer's "
     "buffer_bytes is 10000"},
  };
  for (auto& [x, expected] : rows) {
    CAPTURE(expected);
    auto refused = post(s, producer, x);
    REQUIRE_FALSE(refused);
    CHECK(what(refused.error()) == expected);
  }
  CHECK(status(s, producer).buffered_bytes == 0);
  CHECK(post(s, producer, to_post("fine")));
}

TEST_CASE("a record that is too large is taken some time after its topic takes "
          "larger ones") {
  stage s;
  s.all->topics["messages"].settings.record_bytes_max = 5000;
  auto producer = s.start();
  auto large = to_post(std::string(6000, 'x'));
  REQUIRE_FALSE(post(s, producer, large));
  s.all->topics["messages"].settings.record_bytes_max = 10'000;
  auto tries = 0;
  while (!post(s, producer, large) && ++tries < 10)
    s.sys.advance(10s);
  CHECK(tries <= 5);
}

TEST_CASE("keys keep to their partition, the rest is spread") {
  stage s{0, 4};
  auto producer = s.start();
  for (int i = 0; i < 40; ++i)
    post(s, producer, to_post("sticky"));
  for (int32_t i = 0; i < 4; ++i)
    CHECK(s.stored(i).size() == 10);
  auto keyed = to_post("keyed");
  keyed.content.key = bytes{"customer-1"};
  auto home = post(s, producer, keyed)->partition;
  for (int i = 0; i < 5; ++i)
    CHECK(post(s, producer, keyed)->partition == home);
}

TEST_CASE("acks=none answers without a place") {
  stage s;
  producer_settings settings;
  settings.acks = acks::none;
  auto producer = s.start(settings);
  auto answer = post(s, producer, to_post("a"));
  REQUIRE(answer);
  CHECK(answer->offset == -1);
  CHECK(s.stored() == values{"a"});
  CHECK(s.bad.identities == 0);
}

// -- batching, bounds, flush and stop -------------------------------------

TEST_CASE("records linger for company; a flush sends them") {
  stage s;
  producer_settings settings;
  settings.linger = 100ms;
  auto producer = s.start(settings);
  auto first =
    ask_later<record_metadata>(s.sys, producer, post_atom_v, to_post("a"));
  s.sys.advance(60ms);
  auto second =
    ask_later<record_metadata>(s.sys, producer, post_atom_v, to_post("b"));
  s.sys.advance(39ms);
  CHECK_FALSE(*first);
  s.sys.advance(1ms);
  CHECK(*first);
  CHECK(*second);
  CHECK(s.bad.appends == 1);
  auto third =
    ask_later<record_metadata>(s.sys, producer, post_atom_v, to_post("c"));
  s.sys.run();
  auto before = s.sys.now_ms();
  CHECK(s.sys.ask<caf::ok_atom>(producer, flush_atom_v));
  CHECK(s.sys.now_ms() == before);
  CHECK(*third);
}

TEST_CASE("a flush waits for what was posted before it, not for more") {
  stage s;
  s.pace->delay = 10ms;
  auto producer = s.start();
  CHECK(s.sys.ask<caf::ok_atom>(producer, flush_atom_v));
  auto first =
    ask_later<record_metadata>(s.sys, producer, post_atom_v, to_post("a"));
  s.sys.run();
  auto flush = ask_later<caf::ok_atom>(s.sys, producer, flush_atom_v);
  s.sys.run();
  auto second =
    ask_later<record_metadata>(s.sys, producer, post_atom_v, to_post("b"));
  s.sys.advance(10ms);
  CHECK(*first);
  CHECK(*flush);
  CHECK_FALSE(*second);
  s.sys.advance(10ms);
  CHECK(*second);
}

TEST_CASE("a full buffer makes posts wait, then refuses them") {
  stage s;
  s.pace->delay = 10ms;
  producer_settings settings;
  settings.buffer_bytes = 1000;
  settings.waiting_max = 5;
  auto producer = s.start(settings);
  auto text = [](int i) { return std::to_string(i) + std::string(300, 'x'); };
  values expected;
  std::vector<later<record_metadata>> answers;
  // Two fit, five wait, one is too many.
  for (int i = 0; i < 8; ++i) {
    answers.push_back(ask_later<record_metadata>(s.sys, producer, post_atom_v,
                                                 to_post(text(i))));
    s.sys.run();
    if (i < 7)
      expected.push_back(text(i));
  }
  REQUIRE(*answers[7]);
  CHECK(outcome(**answers[7]) == "queue_full");
  CHECK_FALSE(*answers[6]);
  CHECK(status(s, producer).waiting == 5);
  CHECK(status(s, producer).buffered_bytes <= 1000);
  // A message is taken whole or not at all.
  auto refused =
    s.sys.ask<places>(producer, post_atom_v, to_post(values{text(8), text(9)}));
  CHECK(outcome(refused) == "queue_full");
  s.sys.advance(1s);
  for (size_t i = 0; i < 7; ++i) {
    REQUIRE(*answers[i]);
    CHECK(outcome(**answers[i]) == "ok");
  }
  CHECK(s.stored() == expected);
  CHECK(status(s, producer).waiting == 0);
  CHECK(status(s, producer).buffered_bytes == 0);
}

TEST_CASE("a stop sends what is there and takes nothing more") {
  stage s;
  s.pace->delay = 10ms;
  producer_settings settings;
  settings.linger = 1h;
  settings.delivery_timeout = 2h;
  auto producer = s.start(settings);
  auto first =
    ask_later<record_metadata>(s.sys, producer, post_atom_v, to_post("a"));
  s.sys.run();
  auto stopped = ask_later<caf::ok_atom>(s.sys, producer, stop_atom_v);
  s.sys.run();
  CHECK(outcome(post(s, producer, to_post("b"))) == "shutting_down");
  s.sys.advance(20ms);
  REQUIRE(*first);
  CHECK(outcome(**first) == "ok");
  CHECK(*stopped);
  CHECK_FALSE(post(s, producer, to_post("c")));
  CHECK(s.stored() == values{"a"});
}

TEST_CASE("whoever waits at a killed producer is told") {
  stage s;
  s.pace->delay = 1h;
  auto producer = s.start();
  auto single =
    ask_later<record_metadata>(s.sys, producer, post_atom_v, to_post("a"));
  auto many =
    ask_later<places>(s.sys, producer, post_atom_v, to_post(values{"b", "c"}));
  auto flush = ask_later<caf::ok_atom>(s.sys, producer, flush_atom_v);
  s.sys.run();
  caf::anon_send_exit(producer, caf::exit_reason::kill);
  s.sys.run();
  REQUIRE(*single);
  CHECK(outcome(**single) == "timed_out");
  REQUIRE(*many);
  CHECK(outcome(**many) == "timed_out");
  REQUIRE(*flush);
  CHECK_FALSE(**flush);
}

TEST_CASE("an idle producer costs no timer and no message") {
  stage s;
  auto producer = s.start();
  post(s, producer, to_post("a"));
  s.sys.advance(10min);
  using caf::scheduler::test_coordinator;
  auto& scheduler = dynamic_cast<test_coordinator&>(s.sys.system().scheduler());
  CHECK(scheduler.clock().schedule().empty());
}
