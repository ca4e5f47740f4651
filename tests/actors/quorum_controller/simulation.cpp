// Controllers under chance: whatever dies, is cut off or loses its power, a
// topic whose creation was answered is there, and once faults stop the cluster
// is whole again.
#include <algorithm>
#include <set>

#include "tests/actors/quorum_controller/virtual_quorum.hpp"
#include "tests/catch.hpp"
#include "tests/dice.hpp"
#include "tests/from_environment.hpp"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

class run {
public:
  explicit run(uint64_t seed) : x_(seed), dice_(seed) {
    count_ = dice_.chance(50) ? 3 : 5;
    x_.settings.voters = count_;
    x_.start(1, true);
    for (uint32_t id = 2; id <= count_; ++id)
      x_.start(id);
  }

  void play(int steps) {
    for (int i = 0; i < steps; ++i) {
      auto node = pick();
      switch (dice_.pick(0, 9)) {
        case 0:
        case 1:
          if (x_.runs(node))
            x_.kill(node);
          break;
        case 2:
          if (x_.runs(node))
            x_.cut_power(node);
          break;
        case 3:
          x_.cut_off(node);
          break;
        case 4:
          x_.join(node);
          break;
        case 5:
        case 6:
          if (!x_.runs(node))
            x_.start(node);
          break;
        default:
          create(node);
      }
      x_.sys.advance(milliseconds{dice_.pick(0, 1500)});
    }
  }

  void recover() {
    for (uint32_t id = 1; id <= count_; ++id) {
      if (!x_.runs(id))
        x_.start(id);
      x_.join(id);
    }
    for (int i = 0; i < 300; ++i) {
      if (x_.is_settled(count_))
        break;
      x_.sys.advance(200ms);
    }
    if (!x_.is_settled(count_))
      FAIL(x_.picture());
    std::set<std::string> there;
    for (const auto& topic : x_.whole(1).changed) {
      there.insert(topic.name);
      for (const auto& partition : topic.placement)
        CHECK(partition.leader != 0);
    }
    for (const auto& name : acknowledged_)
      CHECK(there.contains(name));
  }

  size_t acknowledged() const {
    return acknowledged_.size();
  }

private:
  uint32_t pick() {
    return static_cast<uint32_t>(dice_.pick(1, count_));
  }

  void create(uint32_t node) {
    if (!x_.runs(node))
      return;
    auto name = "topic-" + std::to_string(++created_);
    if (x_.create(node, name, 2))
      acknowledged_.push_back(name);
  }

  virtual_quorum x_;
  dice dice_;
  uint32_t count_ = 3;
  int created_ = 0;
  std::vector<std::string> acknowledged_;
};

} // namespace

TEST_CASE("controllers lose nothing that they answered, whatever happens to "
          "them") {
  auto seeds = from_environment("TROUPE_SEEDS", 40);
  auto first = from_environment("TROUPE_FIRST_SEED", 1);
  size_t acknowledged = 0;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    INFO("seed " << seed);
    run x{seed};
    x.play(40);
    x.recover();
    acknowledged += x.acknowledged();
  }
  CHECK(acknowledged > seeds);
}
