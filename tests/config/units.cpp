// Durations, sizes and moments are typed by hand: what is taken and what is not
// has to be exact, and writing one must give back what was read.
#include "config/units.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace std::chrono_literals;

TEST_CASE("durations are read with their unit") {
  CHECK(parse_duration("45s") == 45s);
  CHECK(parse_duration("200ms") == 200ms);
  CHECK(parse_duration("2h") == 2h);
  CHECK(parse_duration("5m") == 5min);
  CHECK(parse_duration("5min") == 5min);
  CHECK(parse_duration("7d") == 168h);
  CHECK(parse_duration("1.5s") == 1500ms);
  CHECK(parse_duration("0.3s") == 300ms);
  CHECK(parse_duration("10 s") == 10s);
  CHECK(parse_duration("0") == 0ms);
}

TEST_CASE("what is no duration is refused") {
  for (auto text : {"", "s", "12", "-1s", "1us", "1 week", "1e3s", "0.5ms",
                    "1..5s", ".", "s1", "99999999999999999d", "1S"})
    CHECK_FALSE(parse_duration(text));
}

TEST_CASE("sizes are read with their unit") {
  CHECK(parse_size("10B") == 10u);
  CHECK(parse_size("64KiB") == 65'536u);
  CHECK(parse_size("1MiB") == 1'048'576u);
  CHECK(parse_size("0.5GiB") == 536'870'912u);
  CHECK(parse_size("1TiB") == 1'099'511'627'776u);
  CHECK(parse_size("0") == 0u);
  for (auto text : {"", "64", "64K", "64KB", "-1B", "0.5B", "1kib"})
    CHECK_FALSE(parse_size(text));
}

TEST_CASE("writing is the shortest way that reads back as the same") {
  CHECK(format_duration(0ms) == "0s");
  CHECK(format_duration(1ms) == "1ms");
  CHECK(format_duration(1500ms) == "1500ms");
  CHECK(format_duration(90s) == "90s");
  CHECK(format_duration(60s) == "1m");
  CHECK(format_duration(168h) == "7d");
  CHECK(format_size(0) == "0B");
  CHECK(format_size(1000) == "1000B");
  CHECK(format_size(65'536) == "64KiB");
  for (int64_t ms : {1, 999, 1000, 61'000, 3'600'000, 86'400'001})
    CHECK(parse_duration(format_duration(std::chrono::milliseconds{ms}))
          == std::chrono::milliseconds{ms});
  for (uint64_t bytes : {uint64_t{1}, uint64_t{1023}, uint64_t{1} << 41})
    CHECK(parse_size(format_size(bytes)) == bytes);
}

TEST_CASE("moments are read in any offset and written in UTC") {
  constexpr int64_t new_year_ms = 1'767'225'600'000;
  CHECK(parse_timestamp("2026-01-01T00:00:00Z") == new_year_ms);
  CHECK(parse_timestamp("2026-01-01T02:00:00+02:00") == new_year_ms);
  CHECK(parse_timestamp("2025-12-31T22:30:00-01:30") == new_year_ms);
  CHECK(parse_timestamp("2026-01-01 00:00:00.5Z") == new_year_ms + 500);
  CHECK(parse_timestamp("2026-01-01T00:00:00.123456Z") == new_year_ms + 123);
  CHECK(format_timestamp(new_year_ms) == "2026-01-01T00:00:00Z");
  CHECK(format_timestamp(new_year_ms + 7) == "2026-01-01T00:00:00.007Z");
  for (auto text :
       {"", "2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:00:00Zjunk",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+2:00"})
    CHECK_FALSE(parse_timestamp(text));
}
