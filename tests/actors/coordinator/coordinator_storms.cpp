// Coordinators and members that end at any moment, over many seeds: the group
// must come to rest again, and the next coordinator must know what the last one
// told.
#include "tests/actors/coordinator/stage.hpp"

using namespace troupe;
using stage::coordinator_stage;
using stage::is_shared;

TEST_CASE("coordinator: killed and started again at any moment") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    coordinator_stage s{seed};
    s.add_topic("messages", 6);
    s.shard_side->delay = 3ms;
    std::vector<std::shared_ptr<stage::member_data>> members;
    for (auto name : {"sms-1", "sms-2", "sms-3"}) {
      members.push_back(s.add_member(name));
      members.back()->drain = 4ms;
      for (auto steps = s.sys.random()() % 60; steps > 0; --steps)
        s.sys.step();
      s.sys.advance(milliseconds{s.sys.random()() % 20});
      s.kill_coordinator();
    }
    CHECK(s.sys.run_until([&] { return is_shared(members, 6); }, 20s));
    CHECK(s.state() == "stable");
    // I7: what the shard has is what a coordinator that starts now knows.
    auto before = s.describe();
    s.kill_coordinator();
    auto after = s.describe();
    CHECK(after.epoch == before.epoch);
    CHECK(after.coordinator_epoch > before.coordinator_epoch);
    CHECK(after.members.size() == 3);
  }
}

TEST_CASE("coordinator: everything at once comes to rest") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    coordinator_stage s{seed};
    auto topic = s.add_topic("messages", 3);
    s.shard_side->delay = 2ms;
    std::map<std::string, std::shared_ptr<stage::member_data>> members;
    int32_t partitions = 3;
    for (int round = 0; round < 12; ++round) {
      auto name = "sms-" + std::to_string(s.sys.random()() % 4);
      switch (s.sys.random()() % 6) {
        case 0:
          s.kill_coordinator();
          break;
        case 1:
          if (members.erase(name) > 0)
            s.kill_member(name);
          break;
        case 2:
          if (partitions < 8)
            s.grow_topic(topic, ++partitions);
          break;
        case 3:
          if (members.count(name) > 0)
            members[name]->is_mute = s.sys.random()() % 2 == 0;
          break;
        default:
          if (members.count(name) == 0) {
            members[name] = s.add_member(name);
            members[name]->drain = 3ms;
          }
      }
      s.sys.advance(milliseconds{s.sys.random()() % 2000});
    }
    if (members.empty())
      members["sms-9"] = s.add_member("sms-9");
    std::vector<std::shared_ptr<stage::member_data>> all;
    for (auto& [name, x] : members) {
      x->is_mute = false;
      all.push_back(x);
    }
    CHECK(s.sys.run_until(
      [&] { return is_shared(all, static_cast<size_t>(partitions)); }, 90s));
  }
}
