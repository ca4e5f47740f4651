// Where a group begins decides whether records are lost or sent twice: the
// rules of the first start, of growth and of what happens to a log meanwhile.
#include "tests/actors/coordinator/group_bench.hpp"

using namespace troupe;
using bench::group_bench;

namespace {

using kind = start_rule::kind;

} // namespace

TEST_CASE("first start: each rule finds its offset") {
  struct row {
    start_rule rule;
    int64_t offset;
  };
  // Records 3 to 9, one a second, the last one a second ago.
  const row rows[] = {
    {{kind::latest, 0}, 10},
    {{kind::earliest, 0}, 3},
    {{kind::offset, 7}, 7},
    {{kind::offset, 10}, 10},
    {{kind::offset, 1}, 3},
    {{kind::timestamp, group_bench::begin_ms - 5000}, 5},
    {{kind::timestamp, group_bench::begin_ms + 5000}, 10},
    {{kind::ago, 2000}, 8},
    {{kind::ago, 3'600'000}, 3},
  };
  for (const auto& row : rows) {
    group_bench b;
    topic_partition p{b.add_topic("messages", 1), 0};
    auto& log = b.logs[p];
    log.start = 3;
    log.end = 10;
    for (int64_t i = 7; i >= 1; --i)
      log.times_ms.push_back(group_bench::begin_ms - i * 1000);
    b.rules.start = row.rule;
    auto one = b.join("sms-1");
    INFO(static_cast<int>(row.rule.what) << " " << row.rule.value);
    auto given = b.given(one, p);
    CHECK(given.offset == row.offset);
    CHECK(given.reason == start_reason::stored_start);
    CHECK(given.leader_epoch == 1);
    CHECK(b.position_of(p).start == row.offset);
    CHECK(b.position_of(p).next == -1);
    CHECK(b.core->table().header()->is_started);
  }
}

TEST_CASE("first start: an offset beyond the log is refused") {
  group_bench b;
  b.add_topic("messages", 1);
  b.rules.start = {kind::offset, 5};
  auto one = b.join("sms-1");
  CHECK(code_of(b.refusal(one)) == ec::offset_out_of_range);
  CHECK(what(b.refusal(one))
        == "offset_out_of_range: start is offset 5; messages-0 ends at 0");
  CHECK_FALSE(b.core->table().header());
}

TEST_CASE("first start: one batch, and other joins wait for it") {
  group_bench b;
  auto topic = b.add_topic("messages", 4);
  b.holds_answers = true;
  auto one = b.join("sms-1");
  auto two = b.join("sms-2");
  auto strange = b.request("sms-3");
  strange.rules.start.what = kind::earliest;
  b.join(strange);
  CHECK(code_of(b.refusal(strange.member)) == ec::start_conflict);
  CHECK(b.joins.count(one) == 0);
  CHECK(b.records_written == 0);
  CHECK(b.questions_held() == 1);
  b.answer_all();
  CHECK_FALSE(b.refusal(one));
  CHECK_FALSE(b.refusal(two));
  // Admitted together: nothing is given only to be taken back.
  CHECK(b.assigned(one).size() == 2);
  CHECK(b.assigned(two).size() == 2);
  CHECK(b.pushed<revocation>(one).empty());
  CHECK(b.core->table().header()->epoch == 1);
  CHECK(b.core->table().positions().size() == 4);
  CHECK(b.causes().back() == "sms-1 and sms-2 joined, the group starts");
  CHECK(b.position_of({topic, 3}).start == 0);
}

TEST_CASE("first start: whoever wanted it may be gone") {
  group_bench b;
  b.add_topic("messages", 1);
  b.holds_answers = true;
  auto one = b.join("sms-1");
  b.crash(one);
  CHECK(code_of(b.refusal(one)) == ec::shutting_down);
  b.answer_all();
  CHECK_FALSE(b.core->table().header());
  auto two = b.join("sms-2");
  CHECK(b.assigned(two).size() == 1);
}

TEST_CASE("first start: partitions that come meanwhile are younger") {
  group_bench b;
  auto topic = b.add_topic("messages", 1);
  b.logs[{topic, 0}].end = 4;
  b.holds_answers = true;
  auto one = b.join("sms-1");
  b.grow_topic(topic, 2);
  b.logs[{topic, 1}].end = 3;
  b.answer_all();
  CHECK(b.given(one, {topic, 0}).offset == 4);
  CHECK(b.given(one, {topic, 1}).offset == 0);
  CHECK(b.given(one, {topic, 1}).reason == start_reason::created_later);
}

TEST_CASE("a topic that is not there yet is fine") {
  group_bench b;
  auto one = b.join("sms-1");
  CHECK_FALSE(b.refusal(one));
  CHECK(b.assigned(one).empty());
  auto topic = b.add_topic("messages", 2);
  // Created later: from its beginning, so that nothing is lost.
  b.logs[{topic, 0}].end = 5;
  CHECK(b.assigned(one).size() == 2);
  CHECK(b.given(one, {topic, 0}).offset == 0);
  CHECK(b.given(one, {topic, 0}).reason == start_reason::created_later);
  CHECK(b.causes().back() == "messages was created with 2 partitions");
}

TEST_CASE("growth: new partitions from their beginning") {
  group_bench b;
  auto topic = b.add_topic("messages", 3);
  for (int32_t n = 0; n < 3; ++n)
    b.logs[{topic, n}].end = 10;
  auto one = b.join("sms-1");
  CHECK(b.given(one, {topic, 2}).offset == 10);
  b.holds_answers = true;
  b.grow_topic(topic, 6);
  b.logs[{topic, 5}].end = 7;
  b.answer_all();
  CHECK(b.assigned(one).size() == 6);
  CHECK(b.given(one, {topic, 5}).offset == 0);
  CHECK(b.causes().back() == "messages grew from 3 to 6 partitions");
}

TEST_CASE("an older topic subscribed only now: the group's rule, now") {
  group_bench b;
  b.add_topic("messages", 1);
  topic_partition mail{b.add_topic("mails", 1), 0};
  b.logs[mail].end = 4;
  auto x = b.request("sms-1");
  b.join(x);
  b.logs[mail].end = 9;
  x.topics = {"messages", "mails"};
  b.join(x);
  CHECK(b.given(x.member, mail).offset == 9);
  CHECK(b.given(x.member, mail).reason == start_reason::stored_start);
  CHECK(b.position_of(mail).start == 9);
}

TEST_CASE("committed: goes on there; stored start: is kept") {
  group_bench b;
  auto topic = b.add_topic("messages", 2);
  b.logs[{topic, 0}].end = 4;
  b.logs[{topic, 1}].end = 4;
  auto one = b.join("sms-1");
  b.logs[{topic, 0}].end = 8;
  b.logs[{topic, 1}].end = 8;
  CHECK(b.commit(one, {topic, 0}, 5) == ec::none);
  b.leave(one);
  b.reload();
  auto two = b.join("sms-2");
  CHECK(b.given(two, {topic, 0}).offset == 5);
  CHECK(b.given(two, {topic, 0}).reason == start_reason::committed);
  // Posted since the group began, never read: not lost.
  CHECK(b.given(two, {topic, 1}).offset == 4);
  CHECK(b.given(two, {topic, 1}).reason == start_reason::stored_start);
}

TEST_CASE("(M) an assignment's offsets are read when it is applied") {
  group_bench b;
  auto topic = b.add_topic("messages", 2);
  b.logs[{topic, 1}].end = 9;
  auto one = b.join("sms-1");
  b.logs[{topic, 1}].end = 20;
  auto two = b.join("sms-2");
  // It drains: commits still come while the other one waits.
  CHECK(b.commit(one, {topic, 1}, 12, 1) == ec::none);
  CHECK(b.commit(one, {topic, 1}, 14, 1) == ec::none);
  b.give_up(one);
  CHECK(b.given(two, {topic, 1}).offset == 14);
}

// -- what happens to a log meanwhile ------------------------------------------

TEST_CASE("below the log's start: on at its start, and it is shown") {
  group_bench b;
  topic_partition p{b.add_topic("messages", 1), 0};
  b.logs[p].end = 10;
  auto one = b.join("sms-1");
  CHECK(b.commit(one, p, 10) == ec::none);
  b.leave(one);
  b.logs[p].start = 15;
  b.logs[p].end = 20;
  auto two = b.join("sms-2");
  CHECK(b.given(two, p).offset == 15);
  CHECK(b.given(two, p).reason == start_reason::below_log_start);
  CHECK(b.position_of(p).next == 10);
  CHECK(b.last_event().moves.at(0).reason == start_reason::below_log_start);
}

TEST_CASE("a cut log: on at the end of the epoch that was read") {
  group_bench b;
  topic_partition p{b.add_topic("messages", 1), 0};
  b.logs[p].end = 10;
  auto one = b.join("sms-1");
  b.logs[p].end = 13;
  CHECK(b.commit(one, p, 13) == ec::none);
  b.leave(one);
  // A power cut took 11 and 12 back; others stand there now.
  b.logs[p].epochs = {{1, 0}, {2, 11}};
  b.logs[p].end = 20;
  auto two = b.join("sms-2");
  CHECK(b.given(two, p).offset == 11);
  CHECK(b.given(two, p).reason == start_reason::truncated);
  CHECK(b.given(two, p).leader_epoch == 1);
  CHECK(b.position_of(p).next == 11);
  // The position went back with the log: committing goes on from there.
  CHECK(b.commit(two, p, 12, {}, 2) == ec::none);
  CHECK(b.position_of(p).reason == start_reason::committed);
}

TEST_CASE("a cut log: a stored start goes back, too") {
  group_bench b;
  topic_partition p{b.add_topic("messages", 1), 0};
  b.logs[p].end = 10;
  auto one = b.join("sms-1");
  b.leave(one);
  b.logs[p].epochs = {{1, 0}, {3, 8}};
  b.logs[p].end = 12;
  auto two = b.join("sms-2");
  CHECK(b.given(two, p).offset == 8);
  CHECK(b.given(two, p).reason == start_reason::truncated);
}

TEST_CASE("above the end, of an unknown epoch: at the end") {
  group_bench b;
  topic_partition p{b.add_topic("messages", 1), 0};
  b.logs[p].end = 10;
  auto one = b.join("sms-1");
  CHECK(b.commit(one, p, 10, {}, -1) == ec::none);
  b.leave(one);
  b.logs[p].end = 6;
  auto two = b.join("sms-2");
  CHECK(b.given(two, p).offset == 6);
  CHECK(b.given(two, p).reason == start_reason::truncated);
}

TEST_CASE("offline at the first start: now is when it was wanted") {
  group_bench b;
  auto topic = b.add_topic("messages", 2);
  b.logs[{topic, 0}].end = 5;
  b.logs[{topic, 1}] = {0, 3, false, {{1, 0}}, {}};
  auto one = b.join("sms-1");
  CHECK(b.given(one, {topic, 0}).offset == 5);
  CHECK(b.assigned(one).size() == 1);
  CHECK(b.core->describe()->members.at(0).state == "unreleased");
  CHECK(b.position_of({topic, 1}).wanted_ms == group_bench::begin_ms);
  b.pass(1500ms);
  b.reload();
  b.beat(one);
  // It returns, and before it is asked a record comes: that one counts.
  auto& log = b.logs[{topic, 1}];
  log.is_online = true;
  log.end = 4;
  log.times_ms = {1, 2, 3, group_bench::begin_ms + 1900};
  b.pass(1s);
  CHECK(b.given(one, {topic, 1}).offset == 3);
  CHECK(b.position_of({topic, 1}).wanted_ms == 0);
}

TEST_CASE("offline later: a known position needs no answer") {
  group_bench b;
  topic_partition p{b.add_topic("messages", 1), 0};
  auto one = b.join("sms-1");
  CHECK(b.commit(one, p, 4) == ec::none);
  b.leave(one);
  b.logs[p].is_online = false;
  auto two = b.join("sms-2");
  CHECK(b.given(two, p).offset == 4);
}

// -- start_is_stored: false ---------------------------------------------------

TEST_CASE("the letter: now at the start, from the beginning ever after") {
  group_bench b;
  auto topic = b.add_topic("messages", 2);
  b.rules.start_is_stored = false;
  for (int32_t n = 0; n < 2; ++n)
    b.logs[{topic, n}] = {2, 10, true, {{1, 0}}, {}};
  auto one = b.join("sms-1");
  CHECK(b.given(one, {topic, 0}).offset == 10);
  CHECK(b.given(one, {topic, 0}).reason == start_reason::literal_latest);
  // Only that it started is stored.
  CHECK(b.core->table().positions().empty());
  // What stays keeps its place, what moves begins at the first record.
  auto two = b.join("sms-2");
  b.give_up(one);
  CHECK(b.given(two, {topic, 1}).offset == 2);
  CHECK(b.given(two, {topic, 1}).reason == start_reason::literal_beginning);
  b.reload();
  b.beat(one);
  auto told = b.pushed<member_state>(one);
  CHECK(told.back().assigned.at(0).offset == 10);
  // A commit ends it.
  CHECK(b.commit(two, {topic, 1}, 7) == ec::none);
  b.leave(one);
  b.leave(two);
  auto three = b.join("sms-3");
  CHECK(b.given(three, {topic, 0}).offset == 2);
  CHECK(b.given(three, {topic, 1}).offset == 7);
}

// -- topics that go -----------------------------------------------------------

TEST_CASE("a deleted topic takes its positions with it") {
  group_bench b;
  auto topic = b.add_topic("messages", 2);
  auto mail = b.add_topic("mails", 1);
  auto one = b.join("sms-1", {"messages", "mails"});
  CHECK(b.commit(one, {topic, 0}, 4) == ec::none);
  b.remove_topic(topic);
  CHECK(b.core->table().positions().size() == 1);
  CHECK(b.pushed<revocation>(one).at(0).partitions.size() == 2);
  CHECK(b.commit(one, {topic, 0}, 5) == ec::unknown_topic);
  CHECK(b.last_event().cause == "messages was deleted");
  CHECK(b.last_event().moves.at(0).topic == "messages");
  b.give_up(one);
  CHECK(b.assigned(one).size() == 1);
  // Under the same name another one: everything begins anew.
  auto again = b.add_topic("messages", 1);
  CHECK(b.given(one, {again, 0}).reason == start_reason::created_later);
  CHECK(b.last_event().moves.size() == 1);
  CHECK(b.assigned(one).size() == 2);
  CHECK(b.core->table().owner_of({mail, 0}) == one);
}

TEST_CASE("topics that changed while the coordinator was away") {
  group_bench b;
  auto topic = b.add_topic("messages", 2);
  auto mail = b.add_topic("mails", 1);
  auto one = b.join("sms-1", {"messages", "mails"});
  b.topics.at(topic).created_index.push_back(1000);
  b.logs[{topic, 2}];
  b.topics.erase(mail);
  b.reload();
  CHECK(b.assigned(one).size() == 2);
  CHECK(b.revoking(one) == std::vector<topic_partition>{{mail, 0}});
  b.give_up(one);
  CHECK(b.assigned(one).size() == 3);
  CHECK(b.core->table().positions().size() == 3);
}
