// A cluster is brought to a newer version while it is used: nodes one by one,
// then all of them to what the newer one can say.
#include <signal.h>

#include "tests/end_to_end/cluster/three_nodes.hpp"

using namespace troupe::testing;
using namespace std::chrono_literals;

TEST_CASE("nodes are replaced by the next version under load, the feature "
          "level is raised, an old one is refused") {
  three_nodes nodes;
  nodes.start_all();
  auto next = 0;
  auto post = [&] {
    nodes.ok({"produce", "messages"}, lines(next, next + 500));
    next += 500;
  };
  auto level = [&] {
    return nodes.run({"cluster", "status"}).out.find("feature level 2")
           != std::string::npos;
  };
  for (uint32_t node : {1, 2, 3}) {
    post();
    auto poster = nodes.begin({"produce", "messages"}, lines(next, next + 500));
    next += 500;
    nodes.send(node, SIGTERM);
    CHECK(nodes.at(node).wait(30s).exit_code == 0);
    nodes.start(node, TROUPE_NEXT_PROGRAM);
    auto done = poster->wait(60s);
    INFO(done.err);
    CHECK(done.exit_code == 0);
    REQUIRE(eventually([&] { return nodes.is_healthy(); }, 60s));
    if (node == 3)
      continue;
    auto early = nodes.run({"cluster", "upgrade"});
    CHECK(early.exit_code == 3);
    CHECK(early.err.find("node 3 (version") != std::string::npos);
  }
  post();
  CHECK(!level());
  CHECK(nodes.ok({"cluster", "upgrade"})
        == "the cluster is at feature level 2\n");
  CHECK(level());
  nodes.ok({"topic", "create", "of-level-2"});
  post();

  nodes.send(2, SIGTERM);
  CHECK(nodes.at(2).wait(30s).exit_code == 0);
  nodes.start(2);
  auto refused = nodes.at(2).wait(30s);
  CHECK(refused.exit_code == 3);
  INFO(refused.err);
  CHECK(refused.err.find("level 2") != std::string::npos);
  CHECK(refused.err.find("supports level 1") != std::string::npos);
  nodes.start(2, TROUPE_NEXT_PROGRAM);
  REQUIRE(eventually([&] { return nodes.is_healthy(); }, 60s));
  CHECK(nodes.all_of("messages").size() == static_cast<size_t>(next));
}
