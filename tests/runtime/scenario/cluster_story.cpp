// What a report says of a cluster must follow from what was noted of it: who
// led when, why that changed, how long it took.
#include "runtime/scenario/cluster_story.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::scenario;

namespace {

constexpr topic_id messages{1, 1};

partition_placement led_by(uint32_t leader, std::vector<uint32_t> in_sync,
                           int32_t epoch) {
  partition_placement x;
  x.replicas = {1, 2, 3};
  x.in_sync = std::move(in_sync);
  x.leader = leader;
  x.leader_epoch = epoch;
  x.epoch = static_cast<uint32_t>(epoch);
  return x;
}

metadata_update update(uint64_t index,
                       std::vector<partition_placement> placement) {
  topic_info topic;
  topic.id = messages;
  topic.name = "messages";
  topic.created_index.resize(placement.size(), 1);
  topic.placement = std::move(placement);
  metadata_update result;
  result.index = index;
  result.changed = {std::move(topic)};
  return result;
}

script three_nodes() {
  script result;
  result.nodes = {{1, ""}, {2, ""}, {3, ""}};
  return result;
}

/// Node 1 leads two partitions, is killed at 10 s, missed at 11 s, back at 15
/// s, in sync at 16 s, and leads again at 17 s.
cluster_book failover() {
  cluster_book book;
  auto two = [](const partition_placement& x) {
    return std::vector<partition_placement>{x, x};
  };
  book.apply(update(1, two(led_by(1, {1, 2, 3}, 1))), 1000);
  book.forget_changes();
  book.apply(update(2, two(led_by(2, {2, 3}, 2))), 11'000);
  book.apply(update(3, two(led_by(2, {1, 2, 3}, 2))), 16'000);
  book.apply(update(4, two(led_by(1, {1, 2, 3}, 3))), 17'000);
  return book;
}

std::vector<fault_mark> kill_and_start() {
  return {
    {10'000, fault_kind::crash, {1}, "node 1 is killed", "node 1 was killed"},
    {15'000,
     fault_kind::start,
     {1},
     "node 1 is started",
     "node 1 was started"}};
}

std::string text_of(const cluster_lane& lane) {
  std::string result;
  for (const auto& x : lane.spans)
    result += std::to_string(x.from_ms) + ' ' + x.what + ' '
              + std::to_string(x.to_ms) + "; ";
  return result;
}

} // namespace

TEST_CASE("the book keeps what is newest, whoever tells it first") {
  cluster_book book;
  book.apply(update(5, {led_by(2, {2, 3}, 2)}), 100);
  book.apply(update(4, {led_by(1, {1, 2, 3}, 1)}), 110);
  book.apply(update(5, {led_by(2, {2, 3}, 2)}), 120);
  CHECK(book.leader_of({"messages", 0}) == 2);
  CHECK(book.changes().size() == 1);
  CHECK(book.under_replicated() == 1);
  CHECK(book.offline() == 0);
  book.apply(update(6, {led_by(0, {2}, 2)}), 130);
  CHECK(book.offline() == 1);
  CHECK(book.leader_of({"messages", 7}) == 0);
  metadata_update gone;
  gone.index = 7;
  gone.is_whole = true;
  book.apply(gone, 140);
  CHECK(book.topics().empty());
}

TEST_CASE("a node is down between its end and its start, and leads nothing") {
  auto track =
    tell_cluster(three_nodes(), failover(), kill_and_start(), {}, {});
  REQUIRE(track.nodes.size() == 3);
  CHECK(text_of(track.nodes[0])
        == "0 runs 10000; 10000 down 15000; 15000 runs -1; ");
  CHECK(text_of(track.nodes[1]) == "0 runs -1; ");
  // The controllers, two partitions.
  REQUIRE(track.leaders.size() == 3);
  CHECK(track.leaders[1].name == "messages-0");
  CHECK(text_of(track.leaders[1]) == "0 1 10000; 11000 2 17000; 17000 1 -1; ");
}

TEST_CASE("each election has its cause, and what it cost") {
  std::vector<posted_record> posted = {{9'990, "messages", 0, 0, "a"},
                                       {11'500, "messages", 0, 1, "b"},
                                       {12'000, "messages", 1, 0, "c"}};
  auto events =
    tell_cluster(three_nodes(), failover(), kill_and_start(), {}, posted)
      .events;
  REQUIRE(events.size() == 4);
  CHECK(events[0].what == "2 partitions have other leaders");
  CHECK(events[0].cause == "node 1 was killed");
  CHECK(events[0].after_ms == 1000);
  CHECK(events[0].writable_after_ms == 2000);
  CHECK(events[0].moves.front()
        == "messages-0: node 1 \u2192 node 2, leader epoch 2");
  CHECK(events[1].what == "node 1 drops out of in-sync sets");
  CHECK(events[1].cause == "node 1 was killed");
  CHECK(events[2].what == "node 1 is in sync again, after 5 s");
  CHECK(events[3].cause == "leaders go back to the preferred replicas");
  CHECK(events[3].after_ms == -1);
  CHECK(events[3].writable_after_ms == -1);
}

TEST_CASE("a worker has a lane only when something is done to it") {
  auto play = three_nodes();
  play.workers = 2;
  std::vector<fault_mark> faults = {
    {5'000, fault_kind::cut, {1, 101}, "cut", "cut"},
    {6'000, fault_kind::heal, {1, 2, 3, 100, 101}, "healed", "healed"}};
  auto track = tell_cluster(play, failover(), faults, {}, {});
  REQUIRE(track.nodes.size() == 4);
  CHECK(track.nodes[3].name == "worker-2");
  CHECK(text_of(track.nodes[3])
        == "0 runs 5000; 5000 cut off 6000; 6000 runs -1; ");
}

TEST_CASE("what was done and what came of it are lines of the run") {
  run_record run;
  run.cluster =
    tell_cluster(three_nodes(), failover(), kill_and_start(), {}, {});
  add_cluster_lines(run);
  REQUIRE(run.lines.size() == 6);
  CHECK(run.lines[0].kind == line_kind::fault);
  CHECK(run.lines[0].text == "node 1 is killed");
  CHECK(run.lines[2].kind == line_kind::election);
  CHECK(run.lines[2].text
        == "2 partitions have other leaders, 1 s after node 1 was killed");
}
