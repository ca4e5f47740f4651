// A cluster grows by a node, and does without another one, while its records
// stay where they can be read.
#include <signal.h>

#include <boost/json/parse.hpp>

#include "tests/end_to_end/cluster/three_nodes.hpp"

using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

/// How many replicas a node has, -1: it is not there.
int64_t replicas_of(three_nodes& nodes, int64_t node) {
  auto seen = nodes.run({"cluster", "status", "--json"});
  auto status = boost::json::parse(seen.out);
  for (const auto& x : status.at("nodes").as_array())
    if (x.at("node").as_int64() == node)
      return x.at("replicas").as_int64();
  return -1;
}

} // namespace

TEST_CASE("a second node of the same number ends, and harms nobody") {
  three_nodes nodes;
  nodes.start_all();
  nodes.start(4, TROUPE_PROGRAM, 2);
  auto posted = 0;
  CHECK(eventually(
    [&] {
      nodes.ok({"produce", "messages"}, lines(posted, posted + 10));
      posted += 10;
      return !nodes.at(4).is_running();
    },
    60s));
  auto ended = nodes.at(4).wait(10s);
  CHECK(ended.exit_code == 3);
  CHECK(ended.err.find("there is a node 2 already") != std::string::npos);
  // The real one votes and serves still: it alone with node 1 does.
  CHECK(nodes.is_healthy());
  nodes.kill(3);
  CHECK(eventually(
    [&] {
      auto made = nodes.run({"topic", "create", "new"});
      return made.exit_code == 0;
    },
    30s));
  CHECK(nodes.all_of("messages").size() == static_cast<size_t>(posted));
}

TEST_CASE("a fourth node is added, and takes the place of another one") {
  three_nodes nodes;
  nodes.start_all();
  nodes.ok({"produce", "messages"}, lines(0, 300));
  auto early = nodes.run({"cluster", "add", "4", "--timeout", "0"});
  CHECK(early.exit_code == 1);
  CHECK(early.err.find("node 4 is not there yet: start it with this cluster's "
                       "addresses")
        != std::string::npos);

  // Nor is anything given up while there is no need.
  auto lossy = nodes.run({"cluster", "elect", "messages-0", "2", "--yes"});
  CHECK(lossy.exit_code == 2);
  CHECK(lossy.err.find("leads messages-0: nothing has to be lost")
        != std::string::npos);

  auto add = nodes.begin({"cluster", "add", "4", "--wait"});
  nodes.start(4);
  auto added = add->wait(60s);
  INFO(added.err << nodes.log_of(4));
  REQUIRE(added.exit_code == 0);
  CHECK(replicas_of(nodes, 4) > 0);

  nodes.ok({"cluster", "drain", "1", "--wait"});
  CHECK(replicas_of(nodes, 1) == 0);
  nodes.send(1, SIGTERM);
  CHECK(nodes.at(1).wait(30s).exit_code == 0);
  CHECK(eventually(
    [&] {
      return nodes.run({"cluster", "remove", "1"}).exit_code == 0;
    },
    30s));
  CHECK(eventually([&] { return nodes.is_healthy(3); }, 30s));
  CHECK(replicas_of(nodes, 1) == -1);
  nodes.ok({"produce", "messages"}, lines(300, 400));
  CHECK(nodes.all_of("messages").size() == 400);
}
