// Nodes are replaced by a newer program one by one, while the others go on: old
// and new ones understand each other until the last one is replaced.
#include <algorithm>

#include "runtime/simulation/cluster/virtual_cluster.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::simulation;
using namespace std::chrono_literals;

namespace {

struct rolled : virtual_cluster {
  rolled() {
    settings.topics = {{"messages", 3, {}}};
    on_log = [this](uint32_t, const std::string& line) {
      logged += line + "\n";
    };
    for (uint32_t id : {1, 2, 3})
      start(id, id == 1);
    wait_until_well();
  }

  void wait_until_well() {
    if (!until([this] { return is_healthy(3) && level_at(1) > 0; }))
      FAIL(picture());
  }

  uint32_t level_at(uint32_t node) {
    auto seen = ask<node_status>(at(node), status_atom_v);
    return seen ? seen->level : 0;
  }

  void replace(uint32_t node, level_range with) {
    stop(node);
    levels[node] = with;
    start(node);
    wait_until_well();
  }

  caf::error give(cluster_order::kind what, uint32_t node = 0) {
    cluster_order order;
    order.what = what;
    order.node = node;
    auto done = ask<caf::ok_atom>(at(2), order_atom_v, order);
    return done ? caf::error{} : done.error();
  }

  /// By node 1, whatever its version.
  void create(const std::string& topic) {
    REQUIRE(until([this] {
      auto seen = ask<cluster_status>(at(1), nodes_atom_v);
      if (seen && seen->leader == 1)
        return true;
      // Refused while members are changed: again, later.
      static_cast<void>(give(cluster_order::kind::transfer, 1));
      return false;
    }));
    auto made =
      ask<topic_info>(at(1), create_atom_v, topic_spec{topic, 1, {}, 0});
    if (!made)
      FAIL(what(made.error()));
    for (uint32_t node : {1, 2, 3})
      REQUIRE(until([&] { return this->topic(node, topic).name == topic; }));
  }

  std::string logged;
};

using kind = cluster_order::kind;

} // namespace

TEST_CASE_METHOD(rolled, "nodes are replaced one by one, then the level is "
                         "raised, then older ones are refused") {
  CHECK(level_at(1) == 1);
  for (uint32_t node : {1, 2, 3}) {
    replace(node, {1, 2});
    CHECK(level_at(node) == 1);
    // A new leader does not say what old nodes cannot read.
    create("topic-" + std::to_string(node));
    if (node != 3)
      CHECK(what(give(kind::upgrade)).find("node 3") != std::string::npos);
  }
  REQUIRE(!give(kind::upgrade));
  for (uint32_t node : {1, 2, 3})
    CHECK(until([&] { return level_at(node) == 2; }));
  create("of-level-2");
  // Again: nothing more to do.
  CHECK(!give(kind::upgrade));

  stop(3);
  levels[3] = {1, 1};
  start(3);
  CHECK(until([this] { return is_gone(3); }));
  CHECK(logged.find("level 2") != std::string::npos);
  kill(3);
  levels[3] = {2, 3};
  start(3);
  wait_until_well();
}

TEST_CASE_METHOD(rolled, "an older node is refused, also one that is new") {
  levels[4] = {2, 2};
  start(4);
  CHECK(until([this] { return is_gone(4); }));
  CHECK(logged.find("node 4 of version 0.1.0 is not taken in: the cluster is "
                    "at feature level 1, this program supports level 2")
        != std::string::npos);
  auto seen = ask<cluster_status>(at(1), nodes_atom_v);
  REQUIRE(seen);
  CHECK(seen->nodes.size() == 3);
}
