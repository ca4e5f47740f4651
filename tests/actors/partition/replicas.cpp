// What was acknowledged with acks=all is on the disks of all replicas in sync,
// and they agree on it, whoever leads.
#include "tests/actors/partition/replica_set.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

using nodes = std::vector<uint32_t>;

struct fixture : replica_set {
  fixture() {
    REQUIRE(until([this] { return is_whole(); }));
  }

  ec refusal(const caf::expected<append_result>& x) {
    REQUIRE_FALSE(x);
    return code_of(x.error());
  }
};

} // namespace

TEST_CASE_METHOD(fixture, "what is appended at the leader is at all replicas") {
  for (int i = 0; i < 20; ++i)
    REQUIRE(post(1, std::to_string(i)));
  // Answered means durable at all of them.
  for (uint32_t id : {1, 2, 3})
    CHECK(status(id).synced_end == 20);
  CHECK(until([&] { return status(2).high_watermark == 20; }));
  for (uint32_t id : {2, 3})
    CHECK(read(id, true) == read(1, true));
}

TEST_CASE_METHOD(fixture, "a follower serves nobody but its leader") {
  CHECK(refusal(post(2, "x")) == ec::not_leader);
  auto fetched = sys.ask<fetch_result>(at(2), fetch_atom_v, fetch_request{});
  CHECK(code_of(fetched.error()) == ec::not_leader);
  auto offset = sys.ask<offset_answer>(at(3), offset_atom_v, offset_query{});
  CHECK(code_of(offset.error()) == ec::not_leader);
}

TEST_CASE_METHOD(fixture, "without a second disk acks=all is not answered, "
                          "acks=leader is, and consumers see neither") {
  cut_off(2, true);
  cut_off(3, true);
  CHECK(post(1, "leader", acks::leader));
  CHECK_FALSE(sys.ask_within<append_result>(
    1s, at(1), append_atom_v,
    append_request{make_batch({record{{}, bytes{"all"}, {}, 0}}), acks::all}));
  CHECK(status(1).high_watermark == 0);
  auto found = sys.ask<fetch_result>(at(1), fetch_atom_v, fetch_request{});
  REQUIRE(found);
  CHECK(found->batches.empty());
}

TEST_CASE_METHOD(fixture, "who is silent falls out of sync, and comes back") {
  cut_off(3, true);
  sys.advance(1s);
  auto posted = post(1, "waits");
  REQUIRE(posted);
  CHECK(placement().in_sync == nodes{1, 2});
  CHECK(post(1, "goes on"));
  cut_off(2, true);
  sys.advance(10s);
  CHECK(refusal(post(1, "too few")) == ec::not_enough_replicas);
  CHECK(post(1, "enough", acks::leader));
  cut_off(2, false);
  cut_off(3, false);
  CHECK(until([this] { return is_whole(); }));
  CHECK(read(3, true) == read(1, true));
}

TEST_CASE_METHOD(fixture, "what an old leader alone has is cut when it "
                          "follows") {
  REQUIRE(post(1, "kept"));
  cut_off(1, true);
  REQUIRE(post(1, "lost 1", acks::leader));
  REQUIRE(post(1, "lost 2", acks::leader));
  fence(1);
  REQUIRE(placement().leader == 2);
  REQUIRE(post(2, "new"));
  cut_off(1, false);
  unfence(1);
  CHECK(until([this] { return is_whole(); }));
  CHECK(read(1, true) == std::vector<std::string>{"0:kept", "1:new"});
  CHECK(read(3, true) == read(1, true));
  CHECK(placement().leader_epoch == 2);
}

TEST_CASE_METHOD(fixture, "an old leader cannot acknowledge once another one "
                          "leads") {
  cut_off(1, true);
  fence(1);
  REQUIRE(placement().leader == 2);
  // It does not know: the others do.
  cut_off(3, true);
  auto request =
    append_request{make_batch({record{{}, bytes{"x"}, {}, 0}}), acks::all};
  auto answer =
    sys.ask_within<append_result>(5s, at(1), append_atom_v, request);
  CHECK_FALSE(answer);
}

TEST_CASE_METHOD(fixture, "a replica that lacks what its leader removed begins "
                          "anew") {
  kill(3);
  fence(3);
  for (int i = 0; i < 10; ++i)
    REQUIRE(post(1, std::to_string(i)));
  REQUIRE(sys.ask<delete_result>(at(1), delete_atom_v, delete_request{7}));
  start(3);
  CHECK(until([this] { return is_whole(); }));
  CHECK(status(3).log_start == 7);
  CHECK(read(3, true) == read(1, true));
  // The others follow where the log begins.
  CHECK(until([&] { return status(2).log_start == 7; }));
}

TEST_CASE_METHOD(fixture, "a leader that is opened anew leads under another "
                          "epoch") {
  REQUIRE(post(1, "x"));
  auto epoch = placement().leader_epoch;
  // The same process: nobody fences the node.
  caf::anon_send_exit(at(1), caf::exit_reason::kill);
  sys.run();
  auto lives = state.nodes().at(1).incarnation;
  kill(1);
  start(1);
  CHECK(until([this] { return is_whole(); }));
  CHECK(placement().leader_epoch > epoch);
  CHECK(state.nodes().at(1).incarnation != lives);
  CHECK(read(1, true) == std::vector<std::string>{"0:x"});
}

TEST_CASE_METHOD(fixture,
                 "who may be in sync for all the leader knows is waited "
                 "for") {
  cut_off(3, true);
  sys.advance(10s);
  REQUIRE(placement().in_sync == nodes{1, 2});
  make_deaf(1, false);
  cut_off(3, false);
  REQUIRE(until([this] { return placement().in_sync == nodes{1, 2, 3}; }));
  // Only the controller knows: 3 may lead.
  cut_off(3, true);
  auto answer = sys.ask_within<append_result>(
    20s, at(1), append_atom_v,
    append_request{make_batch({record{{}, bytes{"x"}, {}, 0}}), acks::all});
  CHECK_FALSE(answer);
  CHECK(status(1).high_watermark == 0);
  // Told, it knows that 3 is to leave, and asks for that.
  make_deaf(1, true);
  CHECK(until([this] { return status(1).high_watermark == 1; }));
  CHECK(placement().in_sync == nodes{1, 2});
}

TEST_CASE_METHOD(fixture, "all lose their power: what was acknowledged is "
                          "there") {
  for (int i = 0; i < 5; ++i)
    REQUIRE(post(1, std::to_string(i)));
  REQUIRE(post(1, "maybe", acks::leader));
  for (uint32_t id : {1, 2, 3}) {
    cut_power(id);
    fence(id);
  }
  CHECK(placement().leader == 0);
  for (uint32_t id : {1, 2, 3})
    start(id);
  CHECK(until([this] { return is_whole(); }));
  CHECK(read(2, true).size() >= 5);
  CHECK(read(2, true) == read(3, true));
}
