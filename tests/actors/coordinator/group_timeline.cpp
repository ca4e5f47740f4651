// 'Why did it rebalance?' is what people ask of a group at night: the timeline
// must tell cause, moves, gaps and repeats, and survive the coordinator.
#include <fmt/format.h>

#include "tests/actors/coordinator/group_bench.hpp"

using namespace troupe;
using bench::group_bench;

TEST_CASE("a move tells from, to, the gap, where it began and what repeats") {
  group_bench b;
  auto topic = b.add_topic("messages", 2);
  b.logs[{topic, 1}].end = 4;
  auto one = b.join("sms-1");
  CHECK(b.last_event().cause == "sms-1 joined, the group starts");
  CHECK(b.last_event().time_ms == group_bench::begin_ms);
  CHECK(b.last_event().epoch == 1);
  REQUIRE(b.last_event().moves.size() == 2);
  auto first = b.last_event().moves[1];
  CHECK(first.topic == "messages");
  CHECK(first.from.empty());
  CHECK(first.to == "sms-1");
  CHECK(first.offset == 4);
  CHECK(first.reason == start_reason::stored_start);
  CHECK(first.without_owner_ms == 0);

  b.logs[{topic, 1}].end = 9;
  CHECK(b.commit(one, {topic, 1}, 6) == ec::none);
  b.join("sms-2");
  CHECK(b.last_event().moves.at(0).without_owner_ms == -1);
  b.pass(500ms);
  // Two records beyond the commit were in the handler's hands.
  b.give_up(one, 8);
  auto moved = b.last_event().moves.at(0);
  CHECK(b.last_event().cause == "sms-2 joined");
  CHECK(moved.from == "sms-1");
  CHECK(moved.to == "sms-2");
  CHECK(moved.without_owner_ms == 0);
  CHECK(moved.offset == 6);
  CHECK(moved.reason == start_reason::committed);
  CHECK(moved.repeated == 2);
}

TEST_CASE("the gap counts from the release to the next owner") {
  group_bench b;
  topic_partition p{b.add_topic("messages", 1), 0};
  auto one = b.join("sms-1");
  b.logs[p].end = 9;
  b.act([&](turn& t) { CHECK(b.core->beat({one, 1, {{p, 5}}, {}}, t)); });
  CHECK(b.commit(one, p, 3) == ec::none);
  b.crash(one);
  CHECK(b.last_event().moves.at(0).from == "sms-1");
  CHECK(b.last_event().moves.at(0).to.empty());
  b.pass(1200ms);
  b.join("sms-2");
  auto move = b.last_event().moves.at(0);
  CHECK(move.from == "sms-1");
  CHECK(move.to == "sms-2");
  CHECK(move.without_owner_ms == 1200);
  CHECK(move.offset == 3);
  // Known from its last heartbeat.
  CHECK(move.repeated == 2);
}

TEST_CASE("the timeline is bounded and survives the coordinator") {
  group_bench b;
  b.limits.timeline_events_max = 5;
  b.reload();
  b.add_topic("messages", 1);
  for (int i = 0; i < 10; ++i)
    b.leave(b.join("sms-1"));
  CHECK(b.core->table().events().size() == 5);
  auto before = b.causes();
  b.reload();
  CHECK(b.causes() == before);
  auto numbers = b.core->events().value();
  CHECK(numbers.front().number == 16);
  CHECK(numbers.back().number == 20);
}

TEST_CASE("moves under way are completed after a reload") {
  group_bench b;
  b.add_topic("messages", 2);
  auto one = b.join("sms-1");
  b.join("sms-2");
  b.reload();
  b.give_up(one);
  CHECK(b.last_event().moves.at(0).without_owner_ms == 0);
}

TEST_CASE("an event lists so many moves and counts the rest") {
  group_bench b;
  b.add_topic("messages", 600);
  b.join("sms-1");
  CHECK(b.last_event().moves.size() == timeline_moves_max);
  CHECK(b.last_event().cause
        == "sms-1 joined, the group starts (and 100 more moves)");
}

TEST_CASE("an assignor that fails is stood in for, and it is told") {
  group_bench b;
  b.add_topic("messages", 2);
  auto registry = std::make_shared<assignor_registry>();
  registry->add("mine", [](const assignor_input&) -> assignment_map {
    throw std::runtime_error("no idea");
  });
  group mine{"sms", {}, registry};
  turn t{b.now};
  metadata_update topics{1, true, {b.topics.begin()->second}, {}};
  REQUIRE_FALSE(mine.load({}));
  mine.begin(topics, t);
  auto x = b.request("sms-1");
  x.rules.assignor = "mine";
  mine.join(x, {}, t);
  std::vector<start_answer> answers;
  for (const auto& q : t.start_queries)
    answers.push_back(b.logs.at(q.id).answer(q));
  mine.finish_start(answers, t);
  CHECK(mine.table().member(x.member)->current.assigned.size() == 2);
  CHECK(mine.table().events().rbegin()->second.cause
        == "sms-1 joined, the group starts; invalid_argument: assignor 'mine' "
           "failed: no idea; 'uniform' stands in");
}

TEST_CASE("a large group starts, moves and loses a member in small writes") {
  group_bench b;
  b.add_topic("messages", 1'000);
  // All of them are there when the start is known.
  b.holds_answers = true;
  auto first = b.join("sms-0");
  for (int i = 1; i < 100; ++i)
    b.join(fmt::format("sms-{}", i));
  b.answer_all();
  CHECK(b.assigned(first).size() == 10);
  b.crash(first);
  CHECK(b.causes().size() == 2);
  // A shard takes 1 MiB at once.
  CHECK(b.largest_write_bytes < 300'000);
}
