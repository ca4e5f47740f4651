// Thousands of idle readers wait at one partition: who is woken, and when, is
// decided here.
#include "actors/partition/waiting_room.hpp"

#include <chrono>

#include "tests/catch.hpp"

using namespace troupe;
using namespace std::chrono_literals;

using list = std::vector<int>;

TEST_CASE("enough bytes wake those who wanted no more") {
  waiting_room<int> room;
  room.add(1, 100, 10s);
  room.add(2, 300, 10s);
  room.add(3, 100, 10s);
  CHECK(room.take_reached(99) == list{});
  CHECK(room.take_reached(100) == list{1, 3});
  CHECK(room.size() == 1);
  CHECK(room.take_reached(1000) == list{2});
  CHECK(room.size() == 0);
  CHECK_FALSE(room.next_deadline());
}

TEST_CASE("the earliest deadline is known; who is past it goes") {
  waiting_room<int> room;
  room.add(1, 100, 30s);
  room.add(2, 100, 10s);
  room.add(3, 200, 20s);
  CHECK(room.next_deadline() == caf::timespan{10s});
  CHECK(room.take_expired(9s) == list{});
  CHECK(room.take_expired(20s) == list{2, 3});
  CHECK(room.next_deadline() == caf::timespan{30s});
  // Who expired is not woken by bytes as well.
  CHECK(room.take_reached(1000) == list{1});
  CHECK(room.take_expired(1h) == list{});
}

TEST_CASE("all can be sent away, in the order of arrival") {
  waiting_room<int> room;
  room.add(1, 300, 10s);
  room.add(2, 100, 30s);
  room.add(3, 200, 20s);
  CHECK(room.take_all() == list{1, 2, 3});
  CHECK(room.size() == 0);
  CHECK(room.take_reached(1000) == list{});
}
