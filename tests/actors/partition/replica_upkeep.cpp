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

TEST_CASE("a new replica begins within a batch, as its leader does") {
  replica_set x;
  REQUIRE(x.until([&] { return x.is_whole(); }));
  x.kill(3);
  x.fence(3);
  std::vector<record> records(5);
  for (int i = 0; i < 5; ++i)
    records[static_cast<size_t>(i)].value = bytes{std::to_string(i)};
  REQUIRE(x.sys.ask<append_result>(
    x.at(1), append_atom_v, append_request{make_batch(records), acks::all}));
  REQUIRE(x.sys.ask<delete_result>(x.at(1), delete_atom_v, delete_request{3}));
  REQUIRE(x.post(1, "5"));
  x.start(3);
  REQUIRE(x.until([&] { return x.is_whole(); }));
  CHECK(x.status(3).log_start == 3);
  CHECK(x.read(3, true) == std::vector<std::string>{"3:3", "4:4", "5:5"});
}

TEST_CASE("a new replica of a compacted topic has its gaps") {
  replica_set x{0, 3, compacted()};
  REQUIRE(x.until([&] { return x.is_whole(); }));
  x.kill(3);
  x.fence(3);
  // Of some batches a part stays.
  record one{bytes{"a"}, bytes{"kept"}, {}, 0};
  record other{bytes{"b"}, bytes{"replaced"}, {}, 0};
  REQUIRE(x.sys.ask<append_result>(
    x.at(1), append_atom_v,
    append_request{make_batch({other, one, other}), acks::all}));
  for (int i = 0; i < 40; ++i)
    REQUIRE(x.post(1, std::to_string(i), acks::all, i % 7 == 0 ? "c" : "b"));
  x.sys.advance(70s);
  REQUIRE(x.read(1, true).size() < 10);
  x.sys.advance(1s);
  x.start(3);
  REQUIRE(x.until([&] { return x.is_whole(); }));
  CHECK(x.read(3, true).size() < 20);
  // It compacts by itself from here on.
  x.sys.advance(70s);
  CHECK(x.read(3, true).front() == "1:kept");
  CHECK(x.read(1, true).front() == "1:kept");
  CHECK(x.read(3, true).back() == x.read(1, true).back());
  // And may lead.
  x.min_insync_replicas = 1;
  x.fence(1);
  x.fence(2);
  REQUIRE(x.placement().leader == 3);
  x.sys.advance(1s);
  CHECK(x.post(3, "on", acks::all));
}

TEST_CASE("a replica whose log begins above its leader's end begins anew") {
  replica_set x;
  REQUIRE(x.until([&] { return x.is_whole(); }));
  x.kill(3);
  x.fence(3);
  for (int i = 0; i < 5; ++i)
    REQUIRE(x.post(1, "lost " + std::to_string(i)));
  REQUIRE(x.sys.ask<delete_result>(x.at(1), delete_atom_v, delete_request{4}));
  REQUIRE(x.until([&] { return x.status(2).log_start == 4; }));
  x.kill(1);
  x.kill(2);
  x.fence(1);
  x.fence(2);
  x.start(3);
  // Somebody says that what is lost is lost.
  cluster_order order;
  order.what = cluster_order::kind::elect;
  order.partition = x.id();
  order.node = 3;
  auto plan = plan_order(x.state, order);
  REQUIRE(plan);
  x.carry_out(*plan);
  REQUIRE(x.placement().leader == 3);
  REQUIRE(x.post(3, "new", acks::leader));
  x.start(1);
  x.start(2);
  REQUIRE(x.until([&] { return x.is_whole(); }));
  for (uint32_t id : {1, 2, 3})
    CHECK(x.read(id, true) == std::vector<std::string>{"0:new"});
}
