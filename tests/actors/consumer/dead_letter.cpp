// A dead letter has all of the record that it was: it can be brought back.
#include "actors/consumer/dead_letter.hpp"

#include "tests/catch.hpp"

using namespace troupe;

TEST_CASE("dead letters: there and back") {
  dead_letter x;
  x.topic = "messages";
  x.partition = 2;
  x.offset = 20;
  x.group = "SMSGroup";
  x.consumer = "SMSGroup-1";
  x.reason = "record_rejected: it answered 400";
  x.attempts = 5;
  x.content = {bytes{"k"}, bytes{}, {{"h", bytes{"v"}}, {"h", bytes{"w"}}}, 77};
  CHECK(dead_letter_topic(x.topic, x.group) == "messages.SMSGroup.dead");
  auto record = to_record(x);
  CHECK(record.timestamp_ms == 77);
  CHECK(record.headers.size() == 9);
  CHECK(read_dead_letter(record) == x);
  // Of one that was dead before, too, the newest says.
  auto again = x;
  again.content = record;
  again.attempts = 1;
  auto read = read_dead_letter(to_record(again));
  REQUIRE(read);
  CHECK(read->attempts == 1);
  CHECK(read->content == x.content);
}

TEST_CASE("dead letters: a reason is as long as people read") {
  auto kept = [](const std::string& reason) {
    dead_letter x;
    x.reason = reason;
    return read_dead_letter(to_record(x))->reason;
  };
  CHECK(kept("short") == "short");
  CHECK(kept(std::string(512, 'x')) == std::string(512, 'x'));
  CHECK(kept(std::string(100'000, 'x')) == std::string(512, 'x'));
  // No half of a code point is left.
  CHECK(kept(std::string(511, 'x') + "\u00fc") == std::string(511, 'x'));
}

TEST_CASE("dead letters: topics take what any other topic does") {
  auto spec = letter_topic("messages.SMSGroup.dead");
  CHECK(spec.name == "messages.SMSGroup.dead");
  CHECK(spec.partitions == 1);
  CHECK(spec.settings.record_bytes_max == 64 * mib);
}

TEST_CASE("dead letters: other records are none") {
  record x{bytes{"k"}, bytes{"v"}, {{"dead-letter-topic", bytes{"t"}}}, 1};
  CHECK_FALSE(read_dead_letter(x));
  x.headers.push_back({"dead-letter-offset", bytes{"many"}});
  CHECK_FALSE(read_dead_letter(x));
  CHECK_FALSE(read_dead_letter({}));
}
