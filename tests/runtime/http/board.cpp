// One page for all who watch, made only while somebody does.
#include "runtime/http/board.hpp"

#include <atomic>

#include "tests/catch.hpp"

using troupe::http::board;
using namespace std::chrono_literals;

TEST_CASE(
  "board: each watcher gets the newest page, so many watchers at most") {
  std::atomic<int> made{0};
  board x{[&] { return std::to_string(++made); }, 2, 1ms};
  CHECK(made == 0);
  REQUIRE(x.join());
  REQUIRE(x.join());
  CHECK_FALSE(x.join());
  auto first = x.next(0);
  REQUIRE(first);
  auto second = x.next(first->number);
  REQUIRE(second);
  CHECK(second->number > first->number);
  CHECK(second->text != first->text);
  x.leave();
  CHECK(x.join());
}

TEST_CASE("board: who waits is let go when it closes") {
  board x{[] { return "page"; }, 1, 1h};
  REQUIRE(x.join());
  REQUIRE(x.next(0));
  std::thread closer{[&] { x.close(); }};
  CHECK_FALSE(x.next(1));
  closer.join();
  CHECK_FALSE(x.next(0));
  CHECK_FALSE(x.join());
}
