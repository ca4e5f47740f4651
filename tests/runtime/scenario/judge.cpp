// An expectation that is judged wrong makes every scenario worthless: what is
// met must pass, and what is not must be said with both sides.
#include "runtime/scenario/judge.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::scenario;

namespace {

ledger_entry read(int32_t partition, int64_t offset, std::string value) {
  ledger_entry result;
  result.group = "SMSGroup";
  result.topic = "messages";
  result.partition = partition;
  result.offset = offset;
  result.value = std::move(value);
  return result;
}

group_position position(int32_t partition, int64_t next, int64_t start,
                        int64_t high_watermark, std::string owner) {
  group_position result;
  result.id.partition = partition;
  result.topic = "messages";
  result.next = next;
  result.start = start;
  result.high_watermark = high_watermark;
  result.owner = std::move(owner);
  return result;
}

/// SMSGroup as the notes leave it, with msg50 just read.
observation seen() {
  observation result;
  result.window = {read(0, 5, "msg50")};
  result.group.group = "SMSGroup";
  result.group.positions = {position(0, 6, 4, 8, "SMSGroup-1"),
                            position(1, 5, 4, 5, "SMSGroup-1"),
                            position(2, -1, 20, 20, "")};
  result.ends = {{{"messages", 0}, 8}};
  result.handed_since_mark = 21;
  result.seconds_since_mark = 2;
  result.delivered_twice = 1;
  timeline_event joined;
  joined.cause = "SMSGroup-1 joined";
  result.events = {joined};
  return result;
}

using lines = std::vector<std::string>;

} // namespace

TEST_CASE("what is so is met") {
  expect wanted;
  wanted.reads = {{{{"messages", 0}, {"msg50"}}}};
  wanted.reads_any_order = {"msg50"};
  wanted.reads_count = bounds{1, 1};
  wanted.committed = {{{"messages", 0}, 5}, {{"messages", 2}, std::nullopt}};
  wanted.next = {{{"messages", 1}, 5}};
  wanted.start = {{{"messages", 2}, 20}};
  wanted.end = {{{"messages", 0}, 8}};
  wanted.lag = {{{"messages", 0}, 2}, {{"messages", 2}, 0}};
  wanted.lag_total = 2;
  wanted.owners = {{{"messages", 0}, "SMSGroup-1"},
                   {{"messages", 2}, std::nullopt}};
  wanted.lost = 0;
  wanted.delivered_twice = bounds{std::nullopt, 1};
  wanted.delivered_twice_committed = 0;
  wanted.rate = rate_expectation{10, 0.5};
  wanted.events = {"joined"};
  CHECK(judge(wanted, seen()) == lines{});
}

TEST_CASE("what is not so is said with both sides") {
  auto difference = [](auto set) {
    expect wanted;
    set(wanted);
    return judge(wanted, seen());
  };
  CHECK(difference([](expect& x) {
          x.reads = {{{{"messages", 0}, {"msg50", "msg60"}}}};
        })
        == lines{"reads['messages-0']: expected [msg50, msg60], read [msg50]"});
  CHECK(difference([](expect& x) { x.reads.emplace(); })
        == lines{"reads['messages-0']: expected [], read [msg50]"});
  CHECK(difference([](expect& x) { x.reads_any_order.emplace(); })
        == lines{"reads_any_order: expected [], read [msg50]"});
  CHECK(difference([](expect& x) {
          x.reads_count = bounds{2, {}};
        })
        == lines{"reads_count: expected at least 2, read 1"});
  CHECK(difference([](expect& x) {
          x.committed = {{{"messages", 2}, 0}};
        })
        == lines{"committed['messages-2']: expected 0, found null"});
  CHECK(difference([](expect& x) {
          x.next = {{{"messages", 0}, 5}};
        })
        == lines{"next['messages-0']: expected 5, found 6"});
  CHECK(difference([](expect& x) { x.lag_total = 0; })
        == lines{"lag: expected 0, found 2"});
  CHECK(difference([](expect& x) {
          x.owners = {{{"messages", 2}, "SMSGroup-2"}};
        })
        == lines{"owners['messages-2']: expected SMSGroup-2, found nobody"});
  CHECK(difference([](expect& x) { x.lost = 1; })
        == lines{"lost: expected 1, found 0"});
  CHECK(difference([](expect& x) {
          x.delivered_twice = bounds{0, 0};
        })
        == lines{"delivered_twice: expected 0, found 1"});
  CHECK(difference([](expect& x) {
          x.rate = rate_expectation{15, 1};
        })
        == lines{"rate: expected 15 records/s within 1, found 10.50 (21 in 2.0 "
                 "s)"});
  CHECK(difference([](expect& x) { x.events = {"crashed"}; })
        == lines{"events: no 'crashed' in this order; there are "
                 "[SMSGroup-1 joined]"});
}
