// Ids name topics and members for ever and are on disk: their text must come
// back, and no two may be derived alike.
#include "actors/protocol/ids.hpp"

#include <random>
#include <set>

#include "tests/catch.hpp"

using namespace troupe;

TEST_CASE("an id as text is 32 digits, and comes back") {
  CHECK(to_string(uuid{}) == std::string(32, '0'));
  CHECK(to_string(uuid{0x0123456789ABCDEF, 0xF})
        == "0123456789abcdef000000000000000f");
  std::mt19937_64 random{1};
  for (int i = 0; i < 100; ++i) {
    uuid id{random(), random()};
    CHECK(parse_uuid(to_string(id)) == id);
  }
}

TEST_CASE("other texts are no ids") {
  auto text = GENERATE(
    as<std::string>{}, "", "0123456789abcdef0123456789abcde",
    "0123456789abcdef0123456789abcdef0", "0123456789ABCDEF0123456789abcdef",
    "0123456789abcdef-123456789abcdef", "0x23456789abcdef0123456789abcdef",
    " 123456789abcdef0123456789abcdef", "g123456789abcdef0123456789abcdef");
  CHECK_FALSE(parse_uuid(text));
}

TEST_CASE("derived ids differ by seed and by index, and stay the same") {
  std::set<uuid> seen;
  constexpr uint64_t count = 1'000;
  for (uint64_t seed = 0; seed < 20; ++seed)
    for (uint64_t index = 0; index < count; ++index) {
      seen.insert(derive_uuid({seed, 1}, index));
      seen.insert(derive_uuid({1, seed + 2}, index));
    }
  CHECK(seen.size() == 40 * count);
  CHECK_FALSE(seen.contains(uuid{}));
  // On disks already: topics are found by it.
  auto id = derive_uuid({1, 2}, 3);
  CHECK(to_string(id) == "e06dd043328bd2858a53213ac796d923");
}

TEST_CASE("a nil id names nothing") {
  CHECK(uuid{}.is_nil());
  CHECK_FALSE(uuid{0, 1}.is_nil());
  CHECK_FALSE(uuid{1, 0}.is_nil());
}

TEST_CASE("a partition's id orders by topic, then by number") {
  topic_partition a{{0, 1}, 5};
  topic_partition b{{0, 2}, 0};
  topic_partition c{{0, 2}, 1};
  CHECK(std::set<topic_partition>{c, a, b, a}
        == std::set<topic_partition>{a, b, c});
  CHECK(a < b);
  CHECK(b < c);
  CHECK(to_string(c) == "00000000000000000000000000000002-1");
}
