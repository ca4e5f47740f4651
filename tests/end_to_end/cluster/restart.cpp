// Nodes are restarted by command, one after the other, while the cluster is
// used: nobody who uses it notices.
#include <signal.h>

#include <boost/json/parse.hpp>

#include "tests/end_to_end/cluster/three_nodes.hpp"

using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

size_t count(const std::string& text, const std::string& part) {
  size_t result = 0;
  for (auto at = text.find(part); at != std::string::npos;
       at = text.find(part, at + 1))
    ++result;
  return result;
}

std::vector<int> numbers(const boost::json::value& x) {
  std::vector<int> result;
  for (const auto& each : x.as_array())
    result.push_back(static_cast<int>(each.as_int64()));
  return result;
}

} // namespace

TEST_CASE("all nodes are restarted under load, and no record is refused") {
  three_nodes nodes;
  nodes.start_all();
  auto restart = nodes.begin({"cluster", "restart", "--json"});
  auto next = 0;
  while (restart->is_running()) {
    auto done = nodes.run({"produce", "messages"}, lines(next, next + 200));
    INFO(done.err);
    CHECK(done.exit_code == 0);
    next += 200;
    auto seen = nodes.run({"cluster", "status", "--json"});
    // Whichever node was asked may just have stopped.
    if (seen.exit_code == 3)
      continue;
    auto offline = boost::json::parse(seen.out).at("offline").as_array();
    INFO(seen.out);
    CHECK(offline.empty());
  }
  auto done = restart->wait(10s);
  INFO(done.err);
  REQUIRE(done.exit_code == 0);
  auto told = boost::json::parse(done.out);
  CHECK(numbers(told.at("restarted")).size() == 3);
  CHECK(numbers(told.at("left")).empty());
  CHECK(told.at("problem").as_string().empty());
  for (uint32_t node : {1, 2, 3}) {
    // Twice, by the same process.
    CHECK(count(nodes.log_of(node), "node listens") == 2);
    CHECK(count(nodes.log_of(node), "node stopped") == 1);
  }
  CHECK(nodes.is_healthy());
  CHECK(nodes.all_of("messages").size() == static_cast<size_t>(next));
}

TEST_CASE("a node that does not come back ends the restart, and no other is "
          "stopped") {
  three_nodes nodes;
  nodes.start_all();
  // It would not take what is said to it.
  auto restart =
    nodes.begin({"cluster", "restart", "3", "2", "--timeout", "5"});
  REQUIRE(eventually(
    [&] { return restart->err().find("restarts") != std::string::npos; }, 30s));
  uint32_t victim =
    restart->err().find("node 2 restarts") != std::string::npos ? 2 : 3;
  nodes.kill(victim);
  auto done = restart->wait(60s);
  INFO(done.out + done.err);
  CHECK(done.exit_code == 1);
  CHECK(done.out.find("restarted: none") != std::string::npos);
  CHECK(done.out.find("troupe cluster restart 2 3") != std::string::npos);
  for (uint32_t node : {1, 2, 3})
    if (node != victim)
      CHECK(count(nodes.log_of(node), "node stops") == 0);
  nodes.ok({"produce", "messages"}, lines(0, 10));
  CHECK(nodes.all_of("messages").size() == 10);
}
