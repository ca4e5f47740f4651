// Keys must fall on the partitions, and groups on the shards, that every other
// client of the Kafka protocol computes: the vectors are Kafka's own.
#include "actors/protocol/murmur2.hpp"

#include <map>
#include <string>

#include "actors/protocol/shard_of.hpp"

#include "tests/catch.hpp"

using namespace troupe;

TEST_CASE("murmur2 agrees with Kafka's vectors") {
  const std::map<std::string, int32_t> vectors{
    {"21", -973932308},
    {"foobar", -790332482},
    {"a-little-bit-long-string", -985981536},
    {"a-little-bit-longer-string", -1486304829},
    {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
    {"abc", 479470107},
  };
  for (auto& [text, hash] : vectors) {
    CAPTURE(text);
    CHECK(murmur2(text) == hash);
  }
}

TEST_CASE("bytes above 127 are taken as unsigned") {
  CHECK(murmur2("\x80\xff") != murmur2("\x7f\x7f"));
  // 275646681 is murmur2 of no bytes at all.
  CHECK(murmur2("") == 275646681);
}

TEST_CASE("to_positive clears the sign bit") {
  CHECK(to_positive(0) == 0);
  CHECK(to_positive(7) == 7);
  CHECK(to_positive(-1) == 0x7FFFFFFFu);
  CHECK(to_positive(INT32_MIN) == 0);
}

TEST_CASE("a group has one shard, and shards share the groups") {
  CHECK(shard_of("SMSGroup", 50) == to_positive(murmur2("SMSGroup")) % 50);
  CHECK(shard_of("SMSGroup", 1) == 0);
  std::map<uint32_t, int> groups;
  for (int i = 0; i < 5000; ++i)
    ++groups[shard_of("group-" + std::to_string(i), 50)];
  CHECK(groups.size() == 50);
  for (auto& [shard, count] : groups) {
    CAPTURE(shard);
    CHECK(count > 50);
    CHECK(count < 200);
  }
}
