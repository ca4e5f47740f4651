// Whether records are taken is decided here, from numbers alone: never too
// late, and not back and forth.
#include "actors/storage/quota.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::storage;

namespace {

storage_settings limits(uint64_t free_min, uint64_t total) {
  storage_settings result;
  result.free_min = free_min;
  result.quota = total;
  return result;
}

constexpr uint64_t no_bound = UINT64_MAX;

} // namespace

TEST_CASE("what may be appended is what is left to the nearest limit") {
  struct row {
    uint64_t free_min;
    uint64_t total;
    disk_space seen;
    uint64_t allowance;
    bool is_full;
  };
  for (const auto& [free_min, total, seen, allowance, is_full] :
       std::vector<row>{
         {0, 0, {0, 0}, no_bound, false},
         {100, 0, {1000, 0}, 900, false},
         {100, 0, {101, 5000}, 1, false},
         {100, 0, {100, 0}, 0, true},
         {100, 0, {0, 0}, 0, true},
         {0, 500, {0, 100}, 400, false},
         {0, 500, {0, 500}, 0, true},
         {0, 500, {0, 600}, 0, true},
         {100, 500, {300, 100}, 200, false},
         {100, 500, {1000, 400}, 100, false},
         {100, 500, {1000, 500}, 0, true},
         {100, 500, {50, 0}, 0, true},
         {100, 0, {no_bound, 0}, no_bound - 100, false},
       }) {
    CAPTURE(free_min, total, seen.free_bytes, seen.used_bytes);
    quota x{limits(free_min, total)};
    x.look(seen);
    CHECK(x.allowance() == allowance);
    CHECK(x.is_full() == is_full);
    CHECK(x.has_limits() == (free_min + total > 0));
  }
}

TEST_CASE("records are taken again when there is a sixteenth more room") {
  quota x{limits(1600, 0)};
  x.look({1601, 0});
  CHECK_FALSE(x.is_full());
  x.look({1600, 0});
  CHECK(x.is_full());
  x.look({1699, 0});
  CHECK(x.is_full());
  CHECK(x.allowance() == 0);
  x.look({1700, 0});
  CHECK_FALSE(x.is_full());
  CHECK(x.allowance() == 100);
  x.look({1650, 0});
  CHECK_FALSE(x.is_full());
}

TEST_CASE("both limits have to be kept before records are taken again") {
  quota x{limits(1600, 3200)};
  x.look({1000, 3200});
  CHECK(x.is_full());
  x.look({2000, 3100});
  CHECK(x.is_full());
  x.look({1650, 3000});
  CHECK(x.is_full());
  x.look({1700, 3000});
  CHECK_FALSE(x.is_full());
}

TEST_CASE("a small limit does not hold records back for ever") {
  quota x{limits(0, 3)};
  x.look({0, 3});
  CHECK(x.is_full());
  x.look({0, 2});
  CHECK_FALSE(x.is_full());
}

TEST_CASE("what was used up between two looks stays so until there is room") {
  quota x{limits(1600, 0)};
  x.look({1700, 0});
  x.use_up();
  CHECK(x.is_full());
  CHECK(x.allowance() == 0);
  x.look({1650, 0});
  CHECK(x.is_full());
  x.look({1700, 0});
  CHECK_FALSE(x.is_full());
}

TEST_CASE("the refusal names the limit that is reached, and its value") {
  quota x{limits(100, 500)};
  x.look({50, 10});
  CHECK(x.why().starts_with("the disk has 50 bytes free, storage.free_min is "
                            "100; no records are taken until"));
  x.look({5000, 500});
  CHECK(x.why().starts_with("the logs have 500 bytes, storage.quota is 500; "));
}
