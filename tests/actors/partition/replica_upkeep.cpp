// Upkeep removes nothing that somebody needs who comes to lead: only what is at
// all in sync makes older records superfluous.
#include "tests/actors/partition/replica_set.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

topic_settings compacted() {
  topic_settings result;
  result.cleanup = cleanup_policy::compact;
  result.segment_bytes = 200;
  return result;
}

topic_settings short_lived() {
  topic_settings result;
  result.retention_time = 10s;
  result.segment_age = 5s;
  return result;
}

/// Node 1 leads and does not know that the others are not in reach any more.
void isolate_leader(replica_set& x) {
  REQUIRE(x.until([&] { return x.is_whole(); }));
  REQUIRE(x.placement().leader == 1);
  x.cut_off(1, true);
}

} // namespace

TEST_CASE("what is not at all in sync replaces nothing that is") {
  replica_set x{0, 3, compacted()};
  REQUIRE(x.until([&] { return x.is_whole(); }));
  REQUIRE(x.post(1, "kept", acks::all, "key"));
  isolate_leader(x);
  for (int i = 0; i < 10; ++i)
    REQUIRE(x.post(1, "of one alone", acks::leader, "key"));
  x.sys.advance(70s);
  x.fence(1);
  x.cut_off(1, false);
  x.unfence(1);
  REQUIRE(x.until([&] { return x.is_whole(); }));
  CHECK(x.read(1, true) == std::vector<std::string>{"0:kept"});
}

TEST_CASE("what is not at all in sync is kept, however old it is") {
  replica_set x{0, 3, short_lived()};
  isolate_leader(x);
  REQUIRE(x.post(1, "old", acks::leader));
  x.sys.advance(200s);
  CHECK(x.status(1).log_start == 0);
  CHECK(x.status(1).log_end == 1);
  x.cut_off(1, false);
  REQUIRE(x.until([&] { return x.is_whole(); }));
  CHECK(x.read(2, true) == std::vector<std::string>{"0:old"});
  CHECK(x.until([&] { return x.status(1).log_start == 1; }));
}
