// One partition's replicas under chance: processes die, power goes, messages
// are lost, leaders change. Nothing that was acknowledged may be missing, and
// all replicas come to hold the same (invariant I6).
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "tests/actors/partition/replica_set.hpp"
#include "tests/catch.hpp"
#include "tests/dice.hpp"
#include "tests/from_environment.hpp"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

topic_settings small_segments() {
  topic_settings result;
  result.segment_bytes = 1 * kib;
  return result;
}

class run {
public:
  explicit run(uint64_t seed)
    : count_(seed % 2 == 0 ? 3 : 5), x_(seed, count_, small_segments()),
      dice_(seed) {}

  void play(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      x_.sys.advance(milliseconds{dice_.pick(0, 800)});
      check_placement();
    }
  }

  void recover() {
    x_.lose_messages(0);
    for (uint32_t id = 1; id <= count_; ++id) {
      x_.cut_off(id, false);
      if (!x_.runs(id))
        x_.start(id);
      x_.unfence(id);
    }
    auto is_whole = x_.until([this] { return x_.is_whole(); });
    if (!is_whole)
      FAIL(picture());
    auto first = x_.read(1, true);
    for (uint32_t id = 2; id <= count_; ++id)
      CHECK(x_.read(id, true) == first);
    std::set<std::string> there(first.begin(), first.end());
    for (const auto& x : acknowledged_)
      if (!there.contains(x))
        FAIL("lost " << x << "\n" << picture());
    CHECK(there.size() == first.size());
  }

  size_t acknowledged() const {
    return acknowledged_.size();
  }

private:
  uint32_t pick() {
    return static_cast<uint32_t>(dice_.pick(1, count_));
  }

  void step() {
    auto node = pick();
    auto note = [&](const char* what) {
      story_ += fmt::format("{} ms: node {} {}\n", x_.sys.now_ms() % 1'000'000,
                            node, what);
    };
    switch (dice_.pick(0, 11)) {
      case 0:
        if (!x_.runs(node))
          break;
        note("is killed");
        x_.kill(node);
        break;
      case 1:
        if (!x_.runs(node))
          break;
        note("loses its power");
        x_.cut_power(node);
        break;
      case 2:
      case 3:
        if (x_.runs(node))
          break;
        note("starts");
        x_.start(node);
        break;
      case 4:
        note("is cut off");
        x_.cut_off(node, true);
        break;
      case 5:
        note("is reached");
        x_.cut_off(node, false);
        break;
      case 6:
        // Also one that lives: its beats may be late.
        note("is fenced");
        x_.fence(node);
        break;
      case 7:
        if (!x_.runs(node))
          break;
        note("is heard of");
        x_.unfence(node);
        break;
      case 8:
        x_.lose_messages(static_cast<int>(dice_.pick(0, 30)));
        break;
      default:
        for (auto n = dice_.pick(1, 5); n > 0; --n)
          post(dice_.chance(70) ? x_.placement().leader : node);
    }
  }

  void post(uint32_t node) {
    if (node == 0 || !x_.runs(node))
      return;
    auto value = std::to_string(++posted_);
    auto how = dice_.chance(70) ? acks::all : acks::leader;
    record content;
    content.value = bytes{value};
    auto answer = x_.sys.ask_within<append_result>(
      milliseconds{dice_.pick(0, 2000)}, x_.at(node), append_atom_v,
      append_request{make_batch({content}), how});
    if (answer && how == acks::all)
      acknowledged_.push_back(std::to_string(answer->base_offset) + ":"
                              + value);
    story_ += fmt::format(
      "{} ms: {} posted at node {}, acks {}: {}\n", x_.sys.now_ms() % 1'000'000,
      value, node, static_cast<int>(how),
      answer ? std::to_string(answer->base_offset) : what(answer.error()));
  }

  void check_placement() {
    const auto& now = x_.placement();
    CHECK_FALSE(now.in_sync.empty());
    CHECK(now.epoch >= epoch_);
    if (now.epoch != epoch_)
      story_ += describe(now);
    epoch_ = now.epoch;
  }

  std::string picture() {
    auto result = story_;
    result += describe(x_.placement());
    for (uint32_t id = 1; id <= count_; ++id) {
      if (!x_.runs(id)) {
        result += fmt::format("{} does not run\n", id);
        continue;
      }
      auto seen = x_.status(id);
      result +=
        fmt::format("{}: {} to {}, synced {}, watermark {}, epoch {}, "
                    "led by {}\n",
                    id, seen.log_start, seen.log_end, seen.synced_end,
                    seen.high_watermark, seen.leader_epoch, seen.leader);
    }
    return result;
  }

  static std::string describe(const partition_placement& x) {
    return fmt::format("placement {}: leader {} of epoch {}, in sync {}\n",
                       x.epoch, x.leader, x.leader_epoch,
                       fmt::join(x.in_sync, " "));
  }

  uint32_t count_;
  replica_set x_;
  dice dice_;
  uint64_t posted_ = 0;
  uint32_t epoch_ = 0;
  std::vector<std::string> acknowledged_;
  /// What happened, for people.
  std::string story_;
};

} // namespace

TEST_CASE("replicas keep what they acknowledged, whatever happens to them") {
  auto seeds = from_environment("TROUPE_SEEDS", 1000);
  auto first = from_environment("TROUPE_FIRST_SEED", 1);
  size_t acknowledged = 0;
  for (auto seed = first; seed < first + seeds; ++seed) {
    INFO("seed " << seed);
    run x{seed};
    x.play(60);
    x.recover();
    acknowledged += x.acknowledged();
  }
  CHECK(acknowledged > seeds);
}
