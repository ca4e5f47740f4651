// A restart that goes on too soon stops what it was to keep running: the next
// node is only touched while all others are well.
#include "runtime/cli/rolling_restart.hpp"

#include <algorithm>

#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::cli;

namespace {

using kind = rolling_restart::step::kind;

/// Three nodes, of which node 1 leads the controllers.
struct cluster {
  cluster() {
    status.leader = 1;
    status.voters = 3;
    for (uint32_t id : {1, 2, 3}) {
      node_info node;
      node.id = id;
      node.incarnation = {id, 1};
      node.is_fenced = false;
      status.nodes.push_back(node);
      status.members.push_back({id, "", "voter", true});
    }
    topic.name = "messages";
    topic.placement = {{{1, 2, 3}, {1, 2, 3}, 1, 1, 1, {}}};
  }

  node_info& at(uint32_t id) {
    return status.nodes[id - 1];
  }

  overview now() const {
    return summarize(status, {topic});
  }

  cluster_status status;
  topic_info topic;
};

/// As often as it has to be seen well.
rolling_restart::step settled(rolling_restart& plan, const cluster& x) {
  auto step = plan.next(x.now());
  CHECK(step.what == kind::wait);
  return plan.next(x.now());
}

void restart(rolling_restart& plan, cluster& x, uint32_t id) {
  auto step = settled(plan, x);
  REQUIRE(step.what == kind::restart);
  CHECK(step.node == id);
  plan.ordered(id);
  // It has not stopped yet.
  for (int i = 0; i < 3; ++i)
    CHECK(plan.next(x.now()).why
          == "node " + std::to_string(id) + " stops and starts");
  ++x.at(id).incarnation.low;
  x.at(id).is_fenced = true;
  for (int i = 0; i < 3; ++i)
    CHECK(plan.next(x.now()).why == "node " + std::to_string(id) + " is down");
  x.at(id).is_fenced = false;
}

} // namespace

TEST_CASE("restart: one after the other, who leads the controllers last") {
  cluster x;
  rolling_restart plan{{}};
  restart(plan, x, 2);
  restart(plan, x, 3);
  CHECK(plan.restarted() == std::vector<uint32_t>{2});
  CHECK(plan.left() == std::vector<uint32_t>{1, 3});
  restart(plan, x, 1);
  CHECK(settled(plan, x).what == kind::done);
  CHECK(plan.restarted() == std::vector<uint32_t>{2, 3, 1});
  CHECK(plan.left().empty());
}

TEST_CASE("restart: when another one comes to lead, that one is the last") {
  cluster x;
  rolling_restart plan{{}};
  restart(plan, x, 2);
  x.status.leader = 3;
  restart(plan, x, 1);
  restart(plan, x, 3);
  CHECK(settled(plan, x).what == kind::done);
}

TEST_CASE("restart: only those that are asked for") {
  cluster x;
  rolling_restart plan{{1}};
  restart(plan, x, 1);
  CHECK(settled(plan, x).what == kind::done);
  rolling_restart nobody{{7}};
  CHECK(settled(nobody, x).why == "there is no node 7");
}

TEST_CASE("restart: nobody is stopped while something is not well") {
  rolling_restart plan{{}};
  auto waits = [&](const char* why, auto spoil) {
    cluster x;
    spoil(x);
    for (int i = 0; i < 3; ++i) {
      auto step = plan.next(x.now());
      CHECK(step.what == kind::wait);
      CHECK(step.why == why);
    }
    // Well again, but for a moment only.
    CHECK(plan.next(cluster{}.now()).what == kind::wait);
  };
  waits("the controllers have no leader",
        [](cluster& x) { x.status.leader = 0; });
  waits("node 3 is down", [](cluster& x) { x.at(3).is_fenced = true; });
  waits("1 partitions are offline: messages-0",
        [](cluster& x) { x.topic.placement[0].leader = 0; });
  waits("1 partitions have replicas behind: messages-0", [](cluster& x) {
    x.topic.placement[0].in_sync = {1, 2};
  });
  waits("fewer than 3 controllers vote: others are being made voters, or are "
        "down",
        [](cluster& x) { x.status.members[1].role = "standby"; });
  waits("node 2, which votes, does not answer the controllers' leader",
        [](cluster& x) { x.status.members[1].answers = false; });
  waits("2 partitions move",
        [](cluster& x) { x.status.partitions_moving = 2; });
  CHECK(plan.next(cluster{}.now()).what == kind::restart);
}

TEST_CASE("restart: one that does not come back stops the others' restart") {
  cluster x;
  rolling_restart plan{{}};
  CHECK(settled(plan, x).node == 2);
  plan.ordered(2);
  x.at(2).is_fenced = true;
  for (int i = 0; i < 10; ++i)
    CHECK(plan.next(x.now()).what == kind::wait);
  CHECK(plan.left() == std::vector<uint32_t>{1, 2, 3});
  CHECK(plan.restarted().empty());
}

TEST_CASE("overview: a partition with one replica is named") {
  cluster x;
  CHECK(x.now().single.empty());
  x.topic.placement[0] = {{2}, {2}, 2, 1, 1, {}};
  CHECK(x.now().single == std::vector<std::string>{"messages-0"});
  CHECK(some_of({"a", "b"}) == "a, b");
  CHECK(some_of(std::vector<std::string>(12, "a"))
        == "a, a, a, a, a, a, a, a, a, a and 2 more");
}
