// The fence and what people do to positions: a position that moves by mistake
// loses records or sends them twice.
#include "tests/actors/coordinator/group_bench.hpp"

using namespace troupe;
using bench::group_bench;

namespace {

using kind = start_rule::kind;

commit_request outside(const topic_partition& p, int64_t next) {
  return {{}, {{p, next, 1, 0, ""}}};
}

/// The outcome of a commit from outside.
ec commit_outside(group_bench& b, const topic_partition& p, int64_t next) {
  auto result = ec::none;
  b.act([&](turn& t) {
    auto answer = b.core->commit(outside(p, next), t);
    result = answer ? answer->outcomes.at(0) : code_of(answer.error());
  });
  return result;
}

caf::expected<uint32_t> pause(group_bench& b,
                              std::vector<partition_choice> choices,
                              bool is_paused) {
  caf::expected<uint32_t> result{uint32_t{0}};
  b.act([&](turn& t) { result = b.core->pause(choices, is_paused, t); });
  return result;
}

caf::expected<reset_plan> reset(group_bench& b, const reset_request& x) {
  auto queries = b.core->reset_queries(x, b.now);
  if (!queries)
    return queries.error();
  std::vector<start_answer> answers;
  for (const auto& q : *queries)
    answers.push_back(b.logs.at(q.id).answer(q));
  caf::expected<reset_plan> result{reset_plan{}};
  b.act([&](turn& t) { result = b.core->reset(x, answers, t); });
  return result;
}

ec remove(group_bench& b) {
  auto result = ec::none;
  b.act([&](turn& t) { result = code_of(b.core->remove(t)); });
  return result;
}

} // namespace

TEST_CASE(
  "(M) commits: only by the owner, only under the epochs of ownership") {
  group_bench b;
  auto topic = b.add_topic("messages", 2);
  topic_partition zero{topic, 0}, first{topic, 1};
  auto one = b.join("sms-1");
  auto two = b.join("sms-2");
  // Epoch 1 is that of its assignment; it is still at it: 'revoke' changes no
  // epoch.
  CHECK(b.commit(one, zero, 1, 0) == ec::stale_epoch);
  CHECK(b.commit(one, zero, 1, 1) == ec::none);
  CHECK(b.commit(one, zero, 2, 2) == ec::stale_epoch);
  // What is to be given up is owned until then.
  CHECK(b.commit(one, first, 1, 1) == ec::none);
  CHECK(b.commit(two, first, 2, 2) == ec::stale_epoch);
  b.give_up(one);
  CHECK(b.commit(one, first, 2, 1) == ec::stale_epoch);
  // Handed over before the rebalance, finished after: valid where it stayed...
  CHECK(b.commit(one, zero, 3, 1) == ec::none);
  // ... and not where it came from somebody else.
  CHECK(b.commit(two, first, 2, 1) == ec::stale_epoch);
  CHECK(b.commit(two, first, 2, 2) == ec::none);
  CHECK(b.commit({8, 8}, first, 3, 2) == ec::unknown_member);
}

TEST_CASE("commits: no native one goes back") {
  group_bench b;
  topic_partition p{b.add_topic("messages", 1), 0};
  auto one = b.join("sms-1");
  CHECK(b.commit(one, p, 5) == ec::none);
  CHECK(b.commit(one, p, 4) == ec::commit_goes_back);
  CHECK(b.commit(one, p, 5) == ec::none);
  CHECK(b.position_of(p).next == 5);
  CHECK(b.position_of(p).metadata == "note");
  CHECK(b.commit(one, p, -1) == ec::invalid_argument);
  CHECK(b.commit(one, {p.topic, 7}, 1) == ec::unknown_partition);
  CHECK(b.commit(one, {{9, 9}, 0}, 1) == ec::unknown_topic);
}

TEST_CASE("commits: a higher leader epoch below proves that the log was cut") {
  group_bench b;
  topic_partition p{b.add_topic("messages", 1), 0};
  auto one = b.join("sms-1");
  CHECK(b.commit(one, p, 8, {}, 1) == ec::none);
  CHECK(b.commit(one, p, 6, {}, 2) == ec::none);
  CHECK(b.position_of(p).next == 6);
  CHECK(b.causes().back()
        == "messages-0 was cut: the position went from 8 back to 6");
  // Nor does a later assignment begin where the log no longer is.
  b.reload();
  b.beat(one);
  CHECK(b.pushed<member_state>(one).at(0).assigned.at(0).offset == 6);
  CHECK(b.commit(one, p, 5, {}, 2) == ec::commit_goes_back);
}

TEST_CASE("commits from outside: only while the group is empty") {
  group_bench b;
  topic_partition p{b.add_topic("messages", 1), 0};
  b.logs[p].end = 9;
  CHECK(commit_outside(b, p, 4) == ec::none);
  CHECK(commit_outside(b, {p.topic, 3}, 4) == ec::unknown_partition);
  // It never marks the group started: the rule of the first start is free.
  CHECK_FALSE(b.core->table().header()->is_started);
  auto one = b.join("sms-1");
  CHECK(b.given(one, p).offset == 4);
  CHECK(b.core->table().header()->is_started);
  CHECK(commit_outside(b, p, 5) == ec::group_not_empty);
  b.leave(one);
  CHECK(commit_outside(b, p, 2) == ec::none);
  CHECK(b.causes().back()
        == "messages-0 was rewound from 4 to 2, from outside");
}

TEST_CASE("an outside commit waits for no member that is about to come") {
  group_bench b;
  topic_partition p{b.add_topic("messages", 1), 0};
  b.holds_answers = true;
  b.join("sms-1");
  CHECK(commit_outside(b, p, 4) == ec::group_not_empty);
}

// -- pausing ------------------------------------------------------------------

TEST_CASE("a pause is durable, pushed, and carried in assignments") {
  group_bench b;
  auto topic = b.add_topic("messages", 3);
  CHECK(code_of(pause(b, {}, true).error()) == ec::unknown_group);
  auto one = b.join("sms-1");
  CHECK(*pause(b, {{"messages", 1}}, true) == 1);
  CHECK(*pause(b, {{"messages", 1}}, true) == 0);
  auto told = b.pushed<pause_notice>(one);
  REQUIRE(told.size() == 1);
  CHECK(told[0].is_paused);
  CHECK(told[0].partitions == std::vector<topic_partition>{{topic, 1}});
  CHECK(b.causes().back() == "paused messages-1");
  b.reload();
  b.leave(one);
  auto two = b.join("sms-2");
  CHECK(b.given(two, {topic, 1}).is_paused);
  CHECK_FALSE(b.given(two, {topic, 0}).is_paused);
  CHECK(*pause(b, {{"messages", -1}}, true) == 2);
  CHECK(*pause(b, {}, false) == 3);
  CHECK(b.causes().back() == "resumed messages-0, messages-1, messages-2");
  CHECK(code_of(pause(b, {{"mails", -1}}, true).error()) == ec::unknown_topic);
  CHECK(code_of(pause(b, {{"messages", 3}}, true).error())
        == ec::unknown_partition);
}

// -- resetting ----------------------------------------------------------------

TEST_CASE("a reset needs an empty group, a preview does not") {
  group_bench b;
  topic_partition p{b.add_topic("messages", 1), 0};
  b.logs[p].end = 10;
  auto one = b.join("sms-1");
  CHECK(b.commit(one, p, 10) == ec::none);
  reset_request x{{{"messages", -1}}, {kind::offset, 3}, true};
  auto plan = reset(b, x);
  REQUIRE(plan);
  CHECK(plan->entries.at(0).topic == "messages");
  CHECK(plan->entries.at(0).from == 10);
  CHECK(plan->entries.at(0).to == 3);
  CHECK(b.position_of(p).next == 10);
  x.is_preview = false;
  CHECK(code_of(reset(b, x).error()) == ec::group_not_empty);
  b.leave(one);
  REQUIRE(reset(b, x));
  CHECK(b.position_of(p).next == -1);
  CHECK(b.position_of(p).start == 3);
  CHECK(b.causes().back() == "reset messages-0");
  auto two = b.join("sms-2");
  CHECK(b.given(two, p).offset == 3);
  CHECK(b.given(two, p).reason == start_reason::reset);
}

TEST_CASE("a reset goes where it is told, or nowhere") {
  group_bench b;
  auto topic = b.add_topic("messages", 2);
  b.logs[{topic, 0}] = {4, 10, true, {{1, 0}}, {}};
  b.logs[{topic, 1}] = {0, 2, true, {{1, 0}}, {}};
  // Without partitions nobody knows which are meant.
  CHECK(code_of(reset(b, {{}, {kind::earliest, 0}, false}).error())
        == ec::unknown_group);
  // Before the first start, too, and it does not count as started.
  auto plan = reset(b, {{{"messages", -1}}, {kind::earliest, 0}, false});
  CHECK(plan->entries.at(0).to == 4);
  CHECK(plan->entries.at(0).from == -1);
  CHECK_FALSE(b.core->table().header()->is_started);
  CHECK(reset(b, {{}, {kind::latest, 0}, false})->entries.at(1).to == 2);
  CHECK(
    code_of(reset(b, {{{"messages", -1}}, {kind::offset, 5}, false}).error())
    == ec::offset_out_of_range);
  CHECK(b.position_of({topic, 0}).start == 10);
  b.logs[{topic, 1}].is_online = false;
  CHECK(
    code_of(reset(b, {{{"messages", -1}}, {kind::latest, 0}, false}).error())
    == ec::not_available);
  CHECK(code_of(reset(b, {{{"mails", -1}}, {}, false}).error())
        == ec::unknown_topic);
  b.logs[{topic, 1}].is_online = true;
  auto one = b.join("sms-1");
  CHECK(b.given(one, {topic, 0}).offset == 10);
  CHECK(b.given(one, {topic, 0}).reason == start_reason::reset);
}

TEST_CASE("a reset is meant, also by the letter of null") {
  group_bench b;
  topic_partition p{b.add_topic("messages", 1), 0};
  b.logs[p].end = 10;
  b.rules.start_is_stored = false;
  auto one = b.join("sms-1");
  b.leave(one);
  REQUIRE(reset(b, {{}, {}, false}).engaged() == false);
  REQUIRE(reset(b, {{{"messages", 0}}, {kind::offset, 6}, false}));
  auto two = b.join("sms-2");
  CHECK(b.given(two, p).offset == 6);
  CHECK(b.given(two, p).reason == start_reason::reset);
}

// -- the end of a group -------------------------------------------------------

TEST_CASE("a deleted group leaves nothing, and is new when it comes again") {
  group_bench b;
  topic_partition p{b.add_topic("messages", 1), 0};
  CHECK(remove(b) == ec::unknown_group);
  auto one = b.join("sms-1");
  b.commit(one, p, 3);
  CHECK(remove(b) == ec::group_not_empty);
  b.leave(one);
  auto epoch = b.core->table().header()->epoch;
  CHECK(remove(b) == ec::none);
  CHECK(b.shard.empty());
  CHECK(code_of(b.core->describe().error()) == ec::unknown_group);
  CHECK(code_of(b.core->events().error()) == ec::unknown_group);
  b.logs[p].end = 7;
  auto two = b.join("sms-2");
  CHECK(b.core->table().header()->epoch > epoch);
  CHECK(b.given(two, p).offset == 7);
}

TEST_CASE("epochs of a group made again are above all it had") {
  group_bench b;
  b.add_topic("messages", 1);
  for (int i = 0; i < 5; ++i)
    b.leave(b.join("sms-1"));
  auto epoch = b.core->table().header()->epoch;
  CHECK(remove(b) == ec::none);
  b.reload();
  b.join("sms-1");
  CHECK(b.core->table().header()->epoch > epoch);
}

TEST_CASE("positions do not expire by default") {
  group_bench b;
  topic_partition p{b.add_topic("messages", 1), 0};
  auto one = b.join("sms-1");
  b.commit(one, p, 3);
  b.leave(one);
  CHECK_FALSE(b.core->next_deadline());
}

TEST_CASE("with a retention the whole group expires, in one batch") {
  group_bench b;
  topic_partition p{b.add_topic("messages", 1), 0};
  b.rules.retention = 1h;
  auto one = b.join("sms-1");
  b.commit(one, p, 3);
  b.leave(one);
  b.pass(30min);
  // A commit from outside prolongs it; so does a new coordinator not.
  CHECK(commit_outside(b, p, 4) == ec::none);
  b.reload();
  b.pass(59min);
  CHECK(b.core->table().positions().size() == 1);
  b.pass(2min);
  CHECK(b.core->table().positions().empty());
  CHECK_FALSE(b.core->table().header()->is_started);
  CHECK(b.causes().back()
        == "positions expired after 3600000 ms without members");
  CHECK_FALSE(b.core->next_deadline());
  // New again: another rule is free to hold.
  b.rules.start.what = kind::earliest;
  b.logs[p].end = 7;
  auto two = b.join("sms-2");
  CHECK_FALSE(b.refusal(two));
  CHECK(b.given(two, p).offset == 0);
}

TEST_CASE("a member stops the expiry") {
  group_bench b;
  topic_partition p{b.add_topic("messages", 1), 0};
  b.rules.retention = 10s;
  b.leave(b.join("sms-1"));
  b.pass(9s);
  auto two = b.join("sms-2");
  for (int i = 0; i < 20; ++i) {
    b.pass(1s);
    b.beat(two);
  }
  CHECK(b.core->table().positions().count(p) == 1);
}
