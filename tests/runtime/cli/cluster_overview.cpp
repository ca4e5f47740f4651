// A cluster that looks well and stands or falls with one node: who runs it has
// to learn that before the node is lost.
#include "runtime/cli/cluster_overview.hpp"

#include <algorithm>

#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::cli;

namespace {

/// So many nodes, of which the first vote, and those named are down.
cluster_status cluster(uint32_t nodes, uint32_t voters,
                       const std::vector<uint32_t>& down = {},
                       uint32_t leader = 1) {
  cluster_status result;
  result.leader = leader;
  result.voters = 3;
  for (uint32_t id = 1; id <= nodes; ++id) {
    node_info node;
    node.id = id;
    node.is_fenced = std::count(down.begin(), down.end(), id) > 0;
    result.nodes.push_back(node);
    result.members.push_back(
      {id, "", id <= voters ? "voter" : "standby", !node.is_fenced});
  }
  return result;
}

const std::string stops = "lost stops changes, and nobody takes over from "
                          "nodes that fail";

} // namespace

TEST_CASE("quorum: two nodes have one voter, and say what to do") {
  auto x = quorum_of(cluster(2, 1));
  CHECK(x.voters == 1);
  CHECK(x.up == 1);
  CHECK(x.spare == 0);
  CHECK(x.meaning == "1 of 1 voters up: one " + stops + "; add a third node");
  CHECK(quorum_of(cluster(1, 1)).meaning
        == "1 of 1 voters up: one " + stops + "; add two nodes");
}

TEST_CASE("quorum: three nodes before all of them vote") {
  CHECK(quorum_of(cluster(3, 1)).meaning
        == "1 of 1 voters up: one " + stops + "; others are being made voters");
}

TEST_CASE("quorum: an even number is worth no more than one less") {
  auto two = quorum_of(cluster(3, 2));
  CHECK(two.spare == 0);
  CHECK(two.meaning
        == "2 of 2 voters up: one " + stops + "; others are being made voters");
  CHECK(quorum_of(cluster(4, 4)).spare == 1);
}

TEST_CASE("quorum: what may still be lost") {
  CHECK(quorum_of(cluster(3, 3)).meaning
        == "3 of 3 voters up: 1 more may be lost");
  CHECK(quorum_of(cluster(5, 5)).meaning
        == "5 of 5 voters up: 2 more may be lost");
  CHECK(quorum_of(cluster(5, 5, {4})).meaning
        == "4 of 5 voters up (not: node 4): 1 more may be lost");
  // One that does not vote is no loss.
  CHECK(quorum_of(cluster(4, 3, {4})).spare == 1);
}

TEST_CASE("quorum: one is gone, and the next one would stop it") {
  auto x = quorum_of(cluster(3, 3, {3}));
  CHECK(x.spare == 0);
  CHECK(x.meaning
        == "2 of 3 voters up (not: node 3): one more " + stops
             + "; start it again");
  CHECK(quorum_of(cluster(5, 5, {2, 4})).meaning
        == "3 of 5 voters up (not: node 2, 4): one more " + stops
             + "; start one of them again");
}

TEST_CASE("quorum: one that lives and does not answer is as good as lost") {
  overview x;
  x.status = cluster(3, 3);
  CHECK(flaw_of_voters(x).empty());
  x.status.members[1].answers = false;
  CHECK(quorum_of(x.status).up == 2);
  CHECK(quorum_of(x.status).spare == 0);
  CHECK(flaw_of_voters(x)
        == "node 2, which votes, does not answer the controllers' leader");
  CHECK(flaw_of(x) == flaw_of_voters(x));
}

TEST_CASE("quorum: one that was demoted is not waited for, but said") {
  overview x;
  x.status = cluster(3, 2);
  x.status.nodes[2].is_standby = true;
  CHECK(quorum_of(x.status).meaning
        == "2 of 2 voters up: one " + stops
             + "; node 3 was demoted: 'troupe cluster promote 3'");
  CHECK(flaw_of_voters(x) == "node 3 was demoted: 'troupe cluster promote 3'");
  // Others make up for it.
  x.status = cluster(4, 3);
  x.status.nodes[3].is_standby = true;
  CHECK(flaw_of_voters(x).empty());
}

TEST_CASE("quorum: a cluster that is to have one voter is told why it has") {
  auto x = cluster(3, 1);
  x.voters = 1;
  CHECK(quorum_of(x).meaning
        == "1 of 1 voters up: one " + stops + "; cluster.voters is 1");
  overview all;
  all.status = x;
  CHECK(flaw_of_voters(all).empty());
}

TEST_CASE("quorum: a voter that was removed as a node is not up") {
  auto x = cluster(3, 3);
  x.nodes.pop_back();
  CHECK(quorum_of(x).spare == 0);
}

TEST_CASE("quorum: without a majority nothing is changed") {
  const std::string none = ": no changes, and nobody takes over from nodes "
                           "that fail, until 2 of 3 voters are up";
  auto x = quorum_of(cluster(3, 3, {2, 3}));
  CHECK(x.spare == -1);
  CHECK(x.meaning == "1 of 3 voters up (not: node 2, 3)" + none);
  // Who answers does not know yet who is down.
  CHECK(quorum_of(cluster(3, 3, {}, 0)).meaning
        == "the controllers have no leader" + none);
}
