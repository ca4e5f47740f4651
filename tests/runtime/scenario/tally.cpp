// 'Nothing lost, nothing twice' is what scenarios claim: the counting itself
// must be right.
#include "runtime/scenario/tally.hpp"

#include "tests/catch.hpp"

using namespace troupe::scenario;

namespace {

const partition_name where{"messages", 0};

ledger_entry handed(int64_t time_ms, int64_t offset, uint32_t attempt = 1) {
  ledger_entry result;
  result.time_ms = time_ms;
  result.group = "SMSGroup";
  result.topic = "messages";
  result.offset = offset;
  result.value = "x";
  result.attempt = attempt;
  return result;
}

position_event at(int64_t time_ms, int64_t next, int64_t start = 0) {
  return {time_ms, "SMSGroup", where, next, start};
}

std::vector<posted_record> posted(int64_t count) {
  std::vector<posted_record> result;
  for (int64_t i = 0; i < count; ++i)
    result.push_back({0, "messages", 0, i, "x"});
  return result;
}

} // namespace

TEST_CASE("records handed out once each are neither lost nor twice") {
  auto x = tally("SMSGroup", {handed(1, 0), handed(3, 1)}, posted(2),
                 {at(0, -1), at(2, 1), at(4, 2)});
  CHECK(x.lost == 0);
  CHECK(x.delivered_twice == 0);
}

TEST_CASE("a record below the committed position that was never handed out is "
          "lost") {
  auto x = tally("SMSGroup", {handed(1, 0), handed(3, 2)}, posted(3),
                 {at(0, -1), at(4, 3)});
  CHECK(x.lost == 1);
}

TEST_CASE("another record at the same offset is not the one that was posted") {
  auto other = handed(1, 0);
  other.value = "y";
  auto x = tally("SMSGroup", {other}, posted(1), {at(0, -1), at(2, 1)});
  CHECK(x.lost == 1);
}

TEST_CASE("what is before the start or not yet committed is not lost") {
  auto x =
    tally("SMSGroup", {handed(1, 2)}, posted(5), {at(0, -1, 2), at(4, 3, 2)});
  CHECK(x.lost == 0);
}

TEST_CASE("an uncommitted record may come again, a committed one must not") {
  auto fine =
    tally("SMSGroup", {handed(1, 0), handed(5, 0)}, posted(1), {at(0, -1)});
  CHECK(fine.delivered_twice == 1);
  CHECK(fine.delivered_twice_committed == 0);
  auto bad = tally("SMSGroup", {handed(1, 0), handed(5, 0)}, posted(1),
                   {at(0, -1), at(2, 1)});
  CHECK(bad.delivered_twice == 1);
  CHECK(bad.delivered_twice_committed == 1);
}

TEST_CASE("a handler's retry and a reset are not 'twice'") {
  auto retry = tally("SMSGroup", {handed(1, 0), handed(2, 0, 2)}, posted(1),
                     {at(0, -1), at(3, 1)});
  CHECK(retry.delivered_twice == 0);
  auto reset = tally("SMSGroup", {handed(1, 0), handed(9, 0)}, posted(1),
                     {at(0, -1), at(2, 1), at(5, -1, 0), at(10, 1)});
  CHECK(reset.delivered_twice == 0);
}

TEST_CASE("what a reset leaves out is not lost, what it does not is") {
  auto events = std::vector{at(0, -1), at(2, 1), at(5, -1, 3), at(10, 5, 3)};
  auto fine = tally("SMSGroup", {handed(1, 0), handed(8, 3), handed(9, 4)},
                    posted(5), events);
  CHECK(fine.lost == 0);
  auto bad = tally("SMSGroup", {handed(1, 0), handed(9, 4)}, posted(5), events);
  CHECK(bad.lost == 1);
}

TEST_CASE("groups are counted apart") {
  auto other = handed(5, 0);
  other.group = "EmailGroup";
  auto x =
    tally("SMSGroup", {handed(1, 0), other}, posted(1), {at(0, -1), at(2, 1)});
  CHECK(x.delivered_twice == 0);
}
