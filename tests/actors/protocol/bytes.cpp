// Keys and values are shared, never copied, and a null value is a tombstone:
// confusing it with an empty one would lose or resurrect records.
#include "actors/protocol/bytes.hpp"

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

#include "tests/catch.hpp"

using namespace troupe;

TEST_CASE("null and empty differ") {
  bytes null;
  bytes empty{std::string{}};
  CHECK(null.is_null());
  CHECK_FALSE(empty.is_null());
  CHECK(null.empty());
  CHECK(empty.empty());
  CHECK(null == bytes{});
  CHECK_FALSE(null == empty);
  CHECK(null.view().empty());
}

TEST_CASE("equality is that of the content") {
  CHECK(bytes{"abc"} == bytes{"abc"});
  CHECK_FALSE(bytes{"abc"} == bytes{"abd"});
  CHECK_FALSE(bytes{"abc"} == bytes{"ab"});
  CHECK(bytes{std::string{"a\0b", 3}}.size() == 3);
}

TEST_CASE("copies and slices share the buffer and keep it") {
  auto owner = std::make_shared<const std::string>("0123456789");
  std::weak_ptr<const std::string> seen = owner;
  bytes whole{owner, owner->data(), owner->size()};
  owner.reset();
  auto copy = whole;
  auto part = copy.slice(2, 5);
  CHECK(copy.data() == whole.data());
  CHECK(part.data() == whole.data() + 2);
  whole = copy = {};
  CHECK(part.str() == "23456");
  CHECK(part.slice(1, 3).str() == "345");
  CHECK_FALSE(seen.expired());
  part = {};
  CHECK(seen.expired());
}

TEST_CASE("an empty slice is not null") {
  CHECK(bytes{"abc"}.slice(3, 0) == bytes{std::string{}});
}

TEST_CASE("bytes come back from another process as they were") {
  auto x = GENERATE(bytes{}, bytes{std::string{}}, bytes{"abc"},
                    bytes{std::string(1, '\0')}, bytes{"0123"}.slice(1, 2),
                    bytes{std::string(100'000, 'x')});
  std::vector<char> buffer;
  caf::binary_serializer sink{nullptr, buffer};
  REQUIRE_FALSE(sink(x));
  bytes y{"was there before"};
  caf::binary_deserializer source{nullptr, buffer};
  REQUIRE_FALSE(source(y));
  CHECK(x == y);
}
