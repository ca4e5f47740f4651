// Which keys are parked follows from the log alone: whoever reads it knows the
// same, in whatever steps, and whether its own letters come to it twice.
#include "actors/consumer/parked_keys.hpp"

#include "actors/consumer/dead_letter.hpp"
#include "tests/catch.hpp"

using namespace troupe;

namespace {

record letter(int32_t partition, bytes key, const std::string& topic = "t",
              const std::string& group = "G") {
  dead_letter x;
  x.topic = topic;
  x.partition = partition;
  x.group = group;
  x.content.key = std::move(key);
  x.content.value = bytes{"v"};
  return to_record(x);
}

record marker(int32_t partition, bytes key, int64_t before,
              const std::string& group = "G") {
  return to_record(
    release_marker{"t", partition, group, std::move(key), before});
}

parked_keys read(const std::vector<record>& log, size_t keys_max = 10) {
  parked_keys result{"t", "G", keys_max};
  for (const auto& x : log)
    result.take({result.position(), x});
  return result;
}

const bytes a{"a"};
const bytes b{"b"};

} // namespace

TEST_CASE("release markers: there and back") {
  release_marker x{"t", 3, "G", bytes{"k"}, 17};
  CHECK(read_release_marker(to_record(x)) == x);
  CHECK_FALSE(read_dead_letter(to_record(x)));
  x.key = bytes{};
  CHECK(read_release_marker(to_record(x)) == x);
  x.key = bytes{std::string{}};
  CHECK(read_release_marker(to_record(x)) == x);
  // Other records are none.
  auto none = to_record(x);
  none.value = bytes{"v"};
  CHECK_FALSE(read_release_marker(none));
  none = to_record(x);
  none.headers.back().value = bytes{"soon"};
  CHECK_FALSE(read_release_marker(none));
  CHECK_FALSE(read_release_marker({}));
  CHECK_FALSE(read_release_marker(letter(0, a)));
}

TEST_CASE("parked keys: those with a letter that no marker covers") {
  struct row {
    std::vector<record> log;
    bool a0, b0, a1;
  };
  for (const auto& x : {
         row{{}, false, false, false},
         row{{letter(0, a)}, true, false, false},
         row{{letter(0, a), letter(0, b), letter(1, a)}, true, true, true},
         // Brought back.
         row{{letter(0, a), marker(0, a, 1)}, false, false, false},
         row{
           {letter(0, a), letter(0, a), marker(0, a, 2)}, false, false, false},
         // One came meanwhile.
         row{{letter(0, a), letter(0, a), marker(0, a, 1)}, true, false, false},
         row{{letter(0, a), marker(0, a, 1), letter(0, a)}, true, false, false},
         // Only what it names.
         row{{letter(0, a), letter(0, b), letter(1, a), marker(0, a, 9)},
             false,
             true,
             true},
         // An older one says nothing new.
         row{{letter(0, a), letter(0, a), marker(0, a, 1), marker(0, a, 2),
              letter(0, a), marker(0, a, 2)},
             true,
             false,
             false},
         // Those of others.
         row{{letter(0, a, "t", "H"), letter(0, a, "u")}, false, false, false},
         row{{letter(0, a), marker(0, a, 1, "H")}, true, false, false},
         row{{record{a, b, {}, 1}, record{a, bytes{}, {}, 1}},
             false,
             false,
             false},
       }) {
    auto keys = read(x.log);
    CHECK(keys.contains(0, a) == x.a0);
    CHECK(keys.contains(0, b) == x.b0);
    CHECK(keys.contains(1, a) == x.a1);
    CHECK(keys.position() == static_cast<int64_t>(x.log.size()));
  }
}

TEST_CASE("parked keys: no key is none, an empty one is one") {
  auto keys = read({letter(0, bytes{}), letter(0, bytes{std::string{}})});
  CHECK_FALSE(keys.contains(0, bytes{}));
  CHECK(keys.contains(0, bytes{std::string{}}));
  CHECK(keys.size() == 1);
  keys.take({2, marker(0, bytes{}, 2)});
  CHECK(keys.size() == 1);
}

TEST_CASE("parked keys: what was posted counts before it was read") {
  parked_keys keys{"t", "G", 10};
  keys.posted(0, a, 0);
  CHECK(keys.contains(0, a));
  CHECK(keys.position() == 0);
  keys.take({0, letter(0, a)});
  keys.take({1, marker(0, a, 1)});
  CHECK_FALSE(keys.contains(0, a));
  SECTION("and no more when more was read") {
    keys.posted(0, a, 0);
    CHECK_FALSE(keys.contains(0, a));
  }
  SECTION("a marker that was written before it does not release it") {
    keys.posted(0, a, 3);
    keys.take({2, marker(0, a, 2)});
    CHECK(keys.contains(0, a));
    keys.take({3, letter(0, a)});
    CHECK(keys.contains(0, a));
  }
  SECTION("without a key it parks nothing") {
    keys.posted(0, bytes{}, 7);
    CHECK(keys.size() == 0);
  }
}

TEST_CASE("parked keys: letters that are gone park nothing") {
  auto keys = read({letter(0, a), letter(0, b), letter(0, a)});
  keys.cut_before(2);
  CHECK(keys.contains(0, a));
  CHECK_FALSE(keys.contains(0, b));
  CHECK(keys.position() == 3);
  keys.cut_before(10);
  CHECK(keys.size() == 0);
  CHECK(keys.position() == 10);
  // Never back.
  keys.cut_before(3);
  keys.pass(4);
  keys.take({5, letter(0, a)});
  CHECK(keys.position() == 10);
  CHECK(keys.size() == 0);
  keys.reset();
  CHECK(keys.position() == 0);
}

TEST_CASE("parked keys: there is room for so many of a partition") {
  auto keys = read({letter(0, a), letter(0, b)}, 2);
  CHECK_FALSE(keys.has_room(0));
  CHECK(keys.has_room(1));
  // What is in the log counts all the same.
  keys.take({2, letter(0, bytes{"c"})});
  CHECK(keys.contains(0, bytes{"c"}));
  keys.take({3, marker(0, a, 1)});
  keys.take({4, marker(0, b, 2)});
  CHECK(keys.has_room(0));
}
