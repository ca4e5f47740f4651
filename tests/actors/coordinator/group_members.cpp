// Membership is where two members come to own one partition, or none does: each
// rule of the group protocol is held here by a test of its own, with a state
// machine whose surroundings are values. '(M)' marks the rules without which a
// model of the protocol found a violation.
#include "tests/actors/coordinator/group_bench.hpp"

using namespace troupe;
using bench::group_bench;

namespace {

using partitions = std::vector<topic_partition>;

} // namespace

TEST_CASE("the first member gets all, a second one half of it") {
  group_bench b;
  auto topic = b.add_topic("messages", 4);
  auto one = b.join("sms-1");
  CHECK(b.joins.at(one).result.member_epoch == 1);
  CHECK(b.assigned(one).size() == 4);
  auto two = b.join("sms-2");
  // Told at once what to give back; the other waits.
  auto revoked = b.pushed<revocation>(one);
  REQUIRE(revoked.size() == 1);
  CHECK(revoked[0].partitions == partitions{{topic, 2}, {topic, 3}});
  CHECK(b.assigned(one) == partitions{{topic, 0}, {topic, 1}});
  CHECK(b.assigned(two).empty());
  CHECK(b.core->describe()->state == "reconciling");
  b.give_up(one);
  CHECK(b.assigned(two) == partitions{{topic, 2}, {topic, 3}});
  CHECK(b.core->describe()->state == "stable");
  CHECK(b.core->table().member(one)->current.epoch == 2);
}

TEST_CASE("only partitions that move stop") {
  group_bench b;
  auto topic = b.add_topic("messages", 6);
  auto one = b.join("sms-1");
  auto two = b.join("sms-2");
  b.give_up(one);
  b.pushes.clear();
  auto three = b.join("sms-3");
  CHECK(b.pushed<revocation>(one).at(0).partitions == partitions{{topic, 2}});
  CHECK(b.pushed<revocation>(two).at(0).partitions == partitions{{topic, 5}});
  b.give_up(two);
  CHECK(b.assigned(three) == partitions{{topic, 5}});
  b.give_up(one);
  CHECK(b.assigned(three) == partitions{{topic, 2}, {topic, 5}});
}

TEST_CASE("(M) nothing is computed while a revocation is pending") {
  group_bench b;
  b.add_topic("messages", 6);
  auto one = b.join("sms-1");
  auto two = b.join("sms-2");
  auto pending = b.revoking(one);
  CHECK(pending.size() == 3);
  // It is to give up more now, but it is not told before it has answered.
  auto three = b.join("sms-3");
  CHECK(b.core->table().member(one)->target.size() == 2);
  CHECK(b.revoking(one) == pending);
  CHECK(b.pushed<revocation>(one).size() == 1);
  CHECK(b.core->table().member(one)->current.epoch == 1);
  b.give_up(one);
  CHECK(b.pushed<revocation>(one).at(0).revocation_id == 3);
  b.give_up(one);
  CHECK(b.assigned(one).size() == 2);
  CHECK(b.assigned(two).size() == 2);
  CHECK(b.assigned(three).size() == 2);
}

TEST_CASE("(M) after a reload a member is told its whole state again") {
  group_bench b;
  auto topic = b.add_topic("messages", 2);
  auto one = b.join("sms-1");
  b.join("sms-2");
  b.pushes.clear();
  b.reload();
  CHECK(b.pushes.empty());
  // Also when it seems to hold just what it should.
  CHECK_FALSE(b.beat(one));
  auto told = b.pushed<member_state>(one);
  REQUIRE(told.size() == 1);
  CHECK(told[0].assigned.at(0).id == topic_partition{topic, 0});
  CHECK(told[0].revoking == partitions{{topic, 1}});
  CHECK(told[0].revocation_id == 2);
  CHECK_FALSE(b.beat(one));
  CHECK(b.pushed<member_state>(one).empty());
}

TEST_CASE("(M) pushes and answers carry the coordinator's life") {
  group_bench b;
  b.add_topic("messages", 2);
  auto one = b.join("sms-1");
  CHECK(b.joins.at(one).result.coordinator_epoch == 1);
  CHECK(b.pushed<assignment>(one).at(0).coordinator_epoch == 1);
  b.reload();
  b.beat(one);
  CHECK(b.pushed<member_state>(one).at(0).coordinator_epoch == 2);
  auto two = b.join("sms-2");
  CHECK(b.joins.at(two).result.coordinator_epoch == 2);
  CHECK(b.pushed<revocation>(one).at(0).coordinator_epoch == 2);
}

TEST_CASE("(M) an answer to an older revocation releases nothing") {
  group_bench b;
  auto topic = b.add_topic("messages", 2);
  auto one = b.join("sms-1");
  auto two = b.join("sms-2");
  auto pending = b.revoking(one);
  auto id = b.core->table().member(one)->current.revocation_id;
  revoked_notice late{one, id - 1, {{pending.at(0), -1}}};
  b.act([&](turn& t) { CHECK_FALSE(b.core->revoked(late, t)); });
  CHECK(b.revoking(one) == pending);
  CHECK(b.assigned(two).empty());
  // Nor does one for what is not pending.
  revoked_notice wrong{one, id, {{{topic, 0}, -1}}};
  b.act([&](turn& t) { CHECK_FALSE(b.core->revoked(wrong, t)); });
  CHECK(b.assigned(one) == partitions{{topic, 0}});
}

TEST_CASE("(M) a member's earlier id is a stranger's") {
  group_bench b;
  auto topic = b.add_topic("messages", 1);
  auto before = b.join("sms-1");
  auto again = b.join(b.request("sms-1"), before);
  CHECK(b.core->table().members().size() == 1);
  CHECK(b.assigned(again).size() == 1);
  CHECK(code_of(b.beat(before)) == ec::unknown_member);
  CHECK(b.commit(before, {topic, 0}, 1) == ec::unknown_member);
  revoked_notice late{before, 1, {{{topic, 0}, -1}}};
  b.act([&](turn& t) {
    CHECK(code_of(b.core->revoked(late, t)) == ec::unknown_member);
  });
  CHECK(b.assigned(again).size() == 1);
  CHECK(b.causes().back() == "sms-1 joined again");
}

TEST_CASE("a partition that is to be given up still has its owner") {
  group_bench b;
  b.add_topic("messages", 2);
  auto one = b.join("sms-1");
  b.join("sms-2");
  auto id = b.revoking(one).at(0);
  CHECK(b.core->table().owner_of(id) == one);
  group_table table = b.core->table();
  current_assignment stolen;
  stolen.assigned[id] = {};
  CHECK_THROWS_AS(table.apply(current_changed{{9, 9}, stolen}),
                  std::logic_error);
}

TEST_CASE("a repeated join is answered with the state there is") {
  group_bench b;
  auto topic = b.add_topic("messages", 4);
  auto x = b.request("sms-1");
  b.join(x);
  auto two = b.join("sms-2");
  auto epoch = b.core->table().header()->epoch;
  b.pushes.clear();
  b.join(x);
  CHECK(b.core->table().header()->epoch == epoch);
  // It may have been sent before the first answer came, with partitions: what
  // is to be given up is not free before it says so.
  CHECK(b.revoking(x.member) == partitions{{topic, 2}, {topic, 3}});
  CHECK(b.assigned(two).empty());
  auto told = b.pushed<member_state>(x.member);
  REQUIRE(told.size() == 1);
  CHECK(told[0].assigned.size() == 2);
  CHECK(told[0].revoking.size() == 2);
  CHECK(b.joins.at(x.member).result.member_epoch == 1);
}

TEST_CASE("a repeated join with other topics is a change") {
  group_bench b;
  b.add_topic("messages", 2);
  b.add_topic("mails", 2);
  auto x = b.request("sms-1");
  b.join(x);
  x.topics = {"mails", "messages"};
  b.join(x);
  CHECK(b.assigned(x.member).size() == 4);
  CHECK(b.causes().back() == "sms-1 subscribed anew");
}

TEST_CASE("members subscribe to different topics") {
  group_bench b;
  auto messages = b.add_topic("messages", 2);
  auto mails = b.add_topic("mails", 2);
  auto one = b.join("sms-1", {"messages"});
  auto two = b.join("sms-2", {"mails"});
  CHECK(b.assigned(one) == partitions{{messages, 0}, {messages, 1}});
  CHECK(b.assigned(two) == partitions{{mails, 0}, {mails, 1}});
}

TEST_CASE("heartbeats: the whole state is told when it differs") {
  group_bench b;
  auto topic = b.add_topic("messages", 2);
  auto one = b.join("sms-1");
  auto epoch = b.core->table().member(one)->current.epoch;
  struct row {
    heartbeat x;
    ec code;
    bool is_told;
  };
  held_partition zero{{topic, 0}, -1}, first{{topic, 1}, -1};
  held_partition strange{{topic, 9}, -1};
  const row rows[] = {
    {{one, epoch, {zero, first}, {}}, ec::none, false},
    {{one, epoch, {zero}, {}}, ec::none, true},
    {{one, epoch, {zero, strange}, {}}, ec::none, true},
    {{one, epoch, {zero}, {first}}, ec::none, true},
    {{one, epoch, {}, {}}, ec::none, true},
    // A push is on its way, or was lost: no reason to fence.
    {{one, epoch - 1, {zero, first}, {}}, ec::none, true},
    {{one, epoch + 1, {zero, first}, {}}, ec::fenced_epoch, false},
    {{uuid{8, 8}, epoch, {}, {}}, ec::unknown_member, false},
  };
  for (const auto& row : rows) {
    b.pushes.clear();
    CHECK(code_of(b.beat(row.x)) == row.code);
    CHECK(b.pushed<member_state>(one).size() == (row.is_told ? 1 : 0));
  }
}

TEST_CASE("a member without heartbeats is fenced when its session ends") {
  group_bench b;
  b.add_topic("messages", 2);
  auto one = b.join("sms-1");
  auto two = b.join("sms-2");
  b.give_up(one);
  b.pass(2s);
  b.beat(two);
  b.pass(999ms);
  CHECK(b.core->table().member(one));
  b.pass(1ms);
  CHECK_FALSE(b.core->table().member(one));
  CHECK(b.pushed<fenced_notice>(one).size() == 1);
  CHECK(b.assigned(two).size() == 2);
  CHECK(b.causes().back()
        == "sms-1 sent no heartbeat within its session timeout");
}

TEST_CASE("a member that does not give up is fenced") {
  group_bench b;
  b.add_topic("messages", 2);
  auto one = b.join("sms-1");
  auto two = b.join("sms-2");
  for (int i = 0; i < 59; ++i) {
    b.pass(1s);
    b.beat(one);
    b.beat(two);
  }
  CHECK(b.core->table().member(one));
  b.pass(1s);
  CHECK_FALSE(b.core->table().member(one));
  CHECK(b.assigned(two).size() == 2);
  CHECK(b.causes().back()
        == "sms-1 did not give up its partitions within its rebalance "
           "timeout");
}

TEST_CASE("giving up in time stops the rebalance timer") {
  group_bench b;
  b.add_topic("messages", 2);
  auto one = b.join("sms-1");
  auto two = b.join("sms-2");
  b.give_up(one);
  for (int i = 0; i < 70; ++i) {
    b.pass(1s);
    b.beat(one);
    b.beat(two);
  }
  CHECK(b.core->table().members().size() == 2);
}

TEST_CASE("timers are armed anew after a reload") {
  group_bench b;
  b.add_topic("messages", 2);
  auto one = b.join("sms-1");
  b.join("sms-2");
  b.pass(2s);
  b.reload();
  b.pass(2s);
  CHECK(b.core->table().members().size() == 2);
  for (int i = 0; i < 58; ++i) {
    b.beat(one);
    b.pass(1s);
  }
  // Its revocation is still pending: sixty seconds after the reload it is out.
  CHECK_FALSE(b.core->table().member(one));
}

TEST_CASE("leaving and crashing release at once") {
  group_bench b;
  b.add_topic("messages", 3);
  auto one = b.join("sms-1");
  auto two = b.join("sms-2");
  b.give_up(one);
  b.leave(two);
  CHECK(b.assigned(one).size() == 3);
  CHECK(b.causes().back() == "sms-2 left");
  // A repeated leave, its answer was lost.
  b.leave(two);
  CHECK(b.causes().back() == "sms-2 left");
  auto three = b.join("sms-3");
  b.crash(one);
  CHECK(b.assigned(three).size() == 3);
  CHECK(b.causes().back() == "sms-1 crashed: out of memory");
  b.crash(three, "");
  CHECK(b.causes().back() == "sms-3 stopped without leaving");
  CHECK(b.core->describe()->state == "empty");
  CHECK_FALSE(b.core->next_deadline());
}

TEST_CASE("sessions last longer where the last coordinator may still have "
          "answered") {
  group_bench b;
  b.add_topic("messages", 1);
  auto one = b.join("sms-1");
  b.overlap = 500ms;
  b.reload();
  b.pass(3s);
  CHECK(b.core->table().member(one));
  b.pass(500ms);
  CHECK_FALSE(b.core->table().member(one));
}
