// What is shown as parked, and brought back, is what consumers hold as parked.
#include "runtime/parked_piles.hpp"

#include "actors/consumer/parked_keys.hpp"
#include "tests/catch.hpp"

using namespace troupe;

namespace {

struct box {
  explicit box() : piles("t", "G"), keys("t", "G", 100) {}

  void letter(const char* key, uint32_t attempts = 0, std::string group = "G") {
    dead_letter x;
    x.topic = "t";
    x.group = std::move(group);
    x.attempts = attempts;
    x.reason = attempts > 0 ? "it failed" : "its key is parked";
    x.content.key = key ? bytes{key} : bytes{};
    add(to_record(x));
  }

  void marker(const char* key, int64_t before) {
    add(to_record(
      release_marker{"t", 0, "G", key ? bytes{key} : bytes{}, before}));
  }

  void add(record x) {
    log.push_back({static_cast<int64_t>(log.size()), std::move(x)});
    piles.take(log.back());
    keys.take(log.back());
  }

  /// Offsets of what is to be brought back.
  std::vector<int64_t> left() const {
    std::vector<int64_t> result;
    for (const auto& x : log)
      if (piles.letter_in(x))
        result.push_back(x.offset);
    return result;
  }

  std::vector<placed_record> log;
  parked_piles piles;
  parked_keys keys;
};

using offsets = std::vector<int64_t>;

} // namespace

TEST_CASE("piles: letters by key, until they are brought back") {
  box x;
  CHECK(x.piles.all().empty());
  CHECK(x.piles.needed_from() == 0);
  x.letter("a", 5);
  x.letter("b", 1);
  x.letter("a");
  x.letter(nullptr, 2);
  auto all = x.piles.all();
  REQUIRE(all.size() == 3);
  CHECK(all[0].key.is_null());
  CHECK(all[0].letters == 1);
  CHECK(all[1].key == bytes{"a"});
  CHECK(all[1].letters == 2);
  CHECK(all[1].first == 0);
  CHECK(all[1].last == 2);
  CHECK(all[1].reason == "it failed");
  CHECK(x.left() == offsets{0, 1, 2, 3});
  CHECK(x.keys.size() == 2);

  x.marker("a", 1);
  CHECK(x.left() == offsets{1, 2, 3});
  CHECK(x.piles.needed_from() == 1);
  x.marker("b", 2);
  x.marker(nullptr, 4);
  CHECK(x.left() == offsets{2});
  CHECK(x.piles.needed_from() == 2);
  x.letter("a");
  x.marker("a", 3);
  CHECK(x.left() == offsets{7});
  CHECK(x.keys.contains(0, bytes{"a"}));
  x.marker("a", 8);
  CHECK(x.left().empty());
  CHECK_FALSE(x.keys.contains(0, bytes{"a"}));
  CHECK(x.piles.all().empty());
  CHECK(x.piles.needed_from() == 10);
  // None is taken twice.
  x.piles.take(x.log[0]);
  CHECK(x.piles.all().empty());
}

TEST_CASE("piles: those of others stay where they are") {
  box x;
  x.letter("a", 1);
  x.marker("a", 1);
  CHECK(x.piles.needed_from() == 2);
  x.letter("a", 1, "H");
  x.letter("b", 1);
  x.marker("b", 4);
  CHECK(x.piles.all().empty());
  CHECK(x.left().empty());
  CHECK(x.piles.needed_from() == 2);
}
