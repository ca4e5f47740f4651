// Plans under chance: whatever nodes do, what the metadata comes to is sound.
#include <algorithm>
#include <map>
#include <random>

#include "tests/actors/controller/cluster_fixture.hpp"
#include "tests/dice.hpp"

using namespace troupe;
using namespace troupe::testing;

TEST_CASE("whatever happens to nodes, only replicas in sync lead, and the "
          "metadata comes back from its bytes") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    INFO("seed " << seed);
    fixture x;
    testing::dice dice{seed};
    std::map<uint32_t, uint64_t> lives;
    std::map<uint32_t, uint64_t> disks;
    x.start(1);
    x.create("sms", 3);
    for (int step = 0; step < 60; ++step) {
      auto node = static_cast<uint32_t>(dice.pick(1, 4));
      auto before = x.state;
      switch (dice.pick(0, 7)) {
        case 0:
          x.start(node, ++lives[node] + 1, disks[node] + 1);
          break;
        case 1:
          x.carry_out(plan_fence(x.state, node));
          break;
        case 2:
          x.carry_out(plan_unfence(x.state, node));
          break;
        case 3:
          x.carry_out(plan_moves(x.state, 2));
          break;
        case 4:
          x.carry_out(plan_return(x.state, {node}));
          break;
        case 5:
          x.carry_out(plan_leave(x.state, node));
          break;
        case 6:
          x.carry_out(plan_shrink(x.state, node));
          break;
        default:
          for (int32_t i = 0; i < 3; ++i) {
            partition_change wanted{x.id_of("sms", i),
                                    x.at("sms", static_cast<size_t>(i)),
                                    x.disks()};
            if (wanted.wanted.leader == 0)
              continue;
            ++wanted.wanted.epoch;
            wanted.wanted.in_sync = {wanted.wanted.leader};
            for (auto id : wanted.wanted.replicas)
              if (id != wanted.wanted.leader && dice.chance(50)
                  && !x.state.nodes().at(id).is_fenced)
                wanted.wanted.in_sync.push_back(id);
            x.carry_out(x.state.plan_change(wanted));
          }
      }
      for (size_t i = 0; i < 3; ++i) {
        const auto& now = x.at("sms", i);
        const auto& was = before.topics().at("sms").placement[i];
        CHECK_FALSE(now.in_sync.empty());
        CHECK(now.leader_epoch >= was.leader_epoch);
        if (now.leader != 0) {
          CHECK_FALSE(x.state.nodes().at(now.leader).is_fenced);
          CHECK(std::count(now.in_sync.begin(), now.in_sync.end(), now.leader)
                == 1);
        }
        if (now.leader != was.leader && now.leader != 0)
          CHECK(now.leader_epoch > was.leader_epoch);
      }
    }
    auto copy = metadata::decode(x.state.rules(), x.state.encode());
    REQUIRE(copy);
    CHECK((*copy == x.state));
    auto bytes = x.state.encode();
    for (size_t size = 0; size < bytes.size(); size += 7)
      CHECK(code_of(metadata::decode({}, bytes.substr(0, size)).error())
            == ec::corrupt_log);
  }
}
