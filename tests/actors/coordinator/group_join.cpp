// Who may come in, under which rules, and what the others are told.
#include "tests/actors/coordinator/group_bench.hpp"

using namespace troupe;
using bench::group_bench;

TEST_CASE("what is wrong with a join is said") {
  group_bench b;
  b.limits.members_max = 1;
  b.reload();
  b.add_topic("messages", 2);
  struct row {
    std::function<void(join_request&)> spoil;
    ec code;
    std::string text;
  };
  const row rows[] = {
    {[](auto& x) { x.group = "mail"; }, ec::invalid_argument, "'mail'"},
    {[](auto& x) { x.member = {}; }, ec::invalid_argument, "nil"},
    {[](auto& x) { x.name = ""; }, ec::invalid_argument, "name"},
    {[](auto& x) { x.topics = {}; }, ec::invalid_argument, "topics"},
    {[](auto& x) { x.topics = {""}; }, ec::invalid_argument, "empty name"},
    {[](auto& x) { x.rules.assignor = "best"; }, ec::invalid_argument,
     "range, uniform"},
    {[](auto& x) { x.session_timeout = 1ms; }, ec::invalid_argument,
     "session_timeout is 1 ms; it must be from 10 ms"},
    {[](auto& x) { x.rebalance_timeout = 48h; }, ec::invalid_argument,
     "rebalance_timeout"},
    {[](auto& x) { x.rules.records_per_second = -1; }, ec::invalid_argument,
     "records_per_second"},
    {[](auto& x) {
       x.rules.start = {start_rule::kind::offset, -2};
     },
     ec::invalid_argument, "start"},
    {[](auto& x) { x.instance_id = std::string(300, 'x'); },
     ec::invalid_argument, "instance_id"},
  };
  for (const auto& row : rows) {
    auto x = b.request("sms-1");
    row.spoil(x);
    b.join(x);
    CHECK(code_of(b.refusal(x.member)) == row.code);
    INFO(what(b.refusal(x.member)));
    CHECK(what(b.refusal(x.member)).find(row.text) != std::string::npos);
  }
  CHECK_FALSE(b.core->table().header());
  b.join("sms-1");
  auto over = b.join("sms-2");
  CHECK(code_of(b.refusal(over)) == ec::queue_full);
}

TEST_CASE("a member with another start rule is refused") {
  group_bench b;
  b.add_topic("messages", 2);
  b.join("sms-1");
  auto other = b.request("sms-2");
  other.rules.start.what = start_rule::kind::earliest;
  b.join(other);
  CHECK(code_of(b.refusal(other.member)) == ec::start_conflict);
  CHECK(what(b.refusal(other.member))
        == "start_conflict: group 'sms' starts at latest, this member wants "
           "earliest; use the group's rule, another group id, or delete the "
           "group");
  auto letter = b.request("sms-3");
  letter.rules.start_is_stored = false;
  b.join(letter);
  CHECK(code_of(b.refusal(letter.member)) == ec::start_conflict);
}

TEST_CASE("the other rules are those of the first member") {
  group_bench b;
  b.add_topic("messages", 2);
  b.rules.records_per_second = 5;
  auto one = b.join("sms-1");
  auto x = b.request("sms-2");
  x.rules.records_per_second = 50;
  b.join(x);
  CHECK_FALSE(b.refusal(x.member));
  CHECK(b.core->reserve(one, 1, b.now).value() == 0s);
  CHECK(b.core->reserve(x.member, 1, b.now).value() == 200ms);
  CHECK(code_of(b.core->reserve({8, 8}, 1, b.now).error())
        == ec::unknown_member);
  b.leave(one);
  b.leave(x.member);
  auto later = b.join(x);
  CHECK(b.core->table().header()->rules.records_per_second == 50);
  CHECK(later == x.member);
}
