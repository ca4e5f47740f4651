// Whoever keeps something for each partition relies on being told of every
// holding and its end; the test that kills nodes judges by what is told here.
#include <fmt/format.h>

#include "tests/actors/consumer/stage.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::stage;

namespace {

using words = std::vector<std::string>;

struct scribe final : consumer_listener {
  void on_assigned(const assigned_partition& x) override {
    told.push_back(fmt::format("+{}:{}", x.id.partition, x.offset));
  }
  void on_released(const topic_partition& x) override {
    told.push_back(fmt::format("-{}", x.partition));
  }
  void on_lost(const topic_partition& x) override {
    told.push_back(fmt::format("lost {}", x.partition));
  }
  void on_commit(const topic_partition& x, int64_t next) override {
    told.push_back(fmt::format("asks {}:{}", x.partition, next));
  }
  void on_committed(const topic_partition& x, int64_t next,
                    ec outcome) override {
    told.push_back(
      fmt::format("{} {}:{}", to_string(outcome), x.partition, next));
  }

  words told;
};

struct watched_theatre : theatre {
  watched_theatre() : theatre{0, 2} {
    listener = watch;
    team.first = {from(0, 0), from(1, 7)};
    logs[1].append(7);
    start();
  }

  /// What was told since the last call.
  words news() {
    return std::exchange(watch->told, {});
  }

  std::shared_ptr<scribe> watch = std::make_shared<scribe>();
};

} // namespace

TEST_CASE("a listener is told of partitions that come and go, and of commits") {
  watched_theatre play;
  CHECK(play.news() == words{"+0:0", "+1:7"});
  play.post(0, 1);
  CHECK(play.news() == words{"asks 0:1", "none 0:1"});
  play.revoke({1}, 1);
  CHECK(play.news() == words{"-1"});
  caf::anon_send(play.member, stop_atom_v, false);
  play.sys.run();
  CHECK(play.news() == words{"-0"});
}

TEST_CASE("a listener is told of what is lost without a word") {
  watched_theatre play;
  play.news();
  SECTION("all, by a fence") {
    play.fence();
    CHECK(play.news() == words{"lost 0", "lost 1"});
  }
  SECTION("one, by the answer to a commit") {
    play.team.outcome = [](const auto&) { return ec::stale_epoch; };
    play.post(0, 1);
    CHECK(play.news() == words{"asks 0:1", "stale_epoch 0:1", "lost 0"});
  }
}

TEST_CASE("a listener is not told how a commit ended that nobody answered") {
  watched_theatre play;
  play.news();
  play.team.holds_commits = true;
  play.post(0, 1);
  play.kill_coordinator();
  CHECK(play.news() == words{"asks 0:1"});
}
