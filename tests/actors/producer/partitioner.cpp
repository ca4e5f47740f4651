// Where a record goes decides its order: keys must go where every Kafka client
// sends them, and records without key must fill batches and reach all
// partitions.
#include "actors/producer/partitioner.hpp"

#include <map>
#include <vector>

#include "actors/protocol/murmur2.hpp"

#include "tests/catch.hpp"

using namespace troupe;

namespace {

const bytes no_key;

} // namespace

TEST_CASE("a partition that is asked for is taken") {
  partitioner x{"messages", 1000};
  for (int32_t i = 0; i < 3; ++i)
    CHECK(*x.choose(i, bytes{"key"}, 10, 3) == i);
}

TEST_CASE("a partition that is not there is refused by name") {
  partitioner x{"messages", 1000};
  auto refused = x.choose(3, no_key, 10, 3);
  REQUIRE_FALSE(refused);
  CHECK(what(refused.error())
        == "unknown_partition: messages-3: no such partition; the topic has 3");
  CHECK_FALSE(x.choose(-2, no_key, 10, 3));
  CHECK_FALSE(x.choose(-1, no_key, 10, 0));
}

TEST_CASE("a key has its partition") {
  partitioner x{"messages", 1000};
  for (auto key : {"21", "foobar", "abc", ""}) {
    CAPTURE(key);
    auto expected = static_cast<int32_t>(to_positive(murmur2(key)) % 7);
    CHECK(*x.choose(-1, bytes{key}, 10, 7) == expected);
    CHECK(*x.choose(-1, bytes{key}, 10, 7) == expected);
  }
}

TEST_CASE("records without key stay together until their batch leaves") {
  partitioner x{"messages", 1000};
  CHECK(*x.choose(-1, no_key, 10, 3) == 0);
  CHECK(*x.choose(-1, no_key, 10, 3) == 0);
  // A batch of another partition changes nothing.
  x.batch_left(2);
  CHECK(*x.choose(-1, no_key, 10, 3) == 0);
  x.batch_left(0);
  CHECK(*x.choose(-1, no_key, 10, 3) == 1);
  x.batch_left(1);
  CHECK(*x.choose(-1, no_key, 10, 3) == 2);
  x.batch_left(2);
  CHECK(*x.choose(-1, no_key, 10, 3) == 0);
}

TEST_CASE("a full batch ends the turn") {
  partitioner x{"messages", 100};
  std::map<int32_t, int> records;
  for (int i = 0; i < 90; ++i)
    ++records[*x.choose(-1, no_key, 10, 3)];
  CHECK(records == std::map<int32_t, int>{{0, 30}, {1, 30}, {2, 30}});
}

TEST_CASE("the first partition can be any, and the topic can grow") {
  partitioner x{"messages", 1000, 8};
  CHECK(*x.choose(-1, no_key, 10, 3) == 2);
  x.batch_left(2);
  CHECK(*x.choose(-1, no_key, 10, 10) == 9);
}
