// Order and 'exactly once' of a producer are decided here: which records form a
// batch, which sequence numbers they get, and what becomes of them on failure.
#include "actors/producer/accumulator.hpp"

#include <chrono>
#include <string>

#include "tests/catch.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

queued_record entry(uint64_t post, caf::timespan posted = 0s,
                    size_t bytes = 10) {
  queued_record result;
  result.content.value = troupe::bytes{std::string(bytes, 'x')};
  result.content.timestamp_ms = 1000;
  result.bytes = encoded_bytes_max(result.content);
  result.posted = posted;
  result.from = {post, 0};
  return result;
}

std::vector<uint64_t> posts(const outgoing_batch& x) {
  std::vector<uint64_t> result;
  for (auto& ticket : x.tickets)
    result.push_back(ticket.post);
  return result;
}

using list = std::vector<uint64_t>;

constexpr uint64_t no_bound = 1 * mib;

} // namespace

TEST_CASE("the size of a record is bounded from both sides") {
  record x;
  x.key = bytes{"key"};
  x.value = bytes{std::string(100'000, 'v')};
  x.headers = {{"a", bytes{"1"}}, {"bb", bytes{}}};
  x.timestamp_ms = 1'767'225'600'000;
  auto exact = make_batch({x}).encoded_bytes();
  CHECK(batch_bytes_min(x) <= exact);
  CHECK(exact <= batch_header::encoded_bytes + encoded_bytes_max(x));
  record empty;
  empty.timestamp_ms = 0;
  CHECK(batch_bytes_min(empty) <= make_batch({empty}).encoded_bytes());
}

TEST_CASE("without linger a batch leaves at once, else when its time is up") {
  accumulator eager{1000, 0s};
  CHECK_FALSE(eager.leaves_at(false));
  eager.push(entry(1, 5s));
  CHECK(eager.leaves_at(false) == caf::timespan{5s});
  accumulator patient{1000, 20ms};
  patient.push(entry(1, 5s));
  patient.push(entry(2, 6s));
  CHECK(patient.leaves_at(false) == caf::timespan{5020ms});
  CHECK(patient.leaves_at(true) == caf::timespan{0s});
}

TEST_CASE("a full batch does not linger") {
  accumulator x{100, 20ms};
  x.push(entry(1, 5s));
  CHECK(x.leaves_at(false) == caf::timespan{5020ms});
  x.push(entry(2, 5s));
  x.push(entry(3, 5s));
  CHECK(x.leaves_at(false) == caf::timespan{0s});
}

TEST_CASE("what comes while a batch travels forms the next one") {
  accumulator x{1000, 0s};
  x.push(entry(1, 1s));
  x.push(entry(2, 2s));
  CHECK(posts(x.form(no_bound)) == list{1, 2});
  CHECK(x.oldest() == caf::timespan{1s});
  x.push(entry(3, 3s));
  x.push(entry(4, 4s));
  CHECK_FALSE(x.leaves_at(true));
  CHECK(posts(x.acknowledge()) == list{1, 2});
  CHECK(x.oldest() == caf::timespan{3s});
  CHECK(posts(x.form(no_bound)) == list{3, 4});
  CHECK_FALSE(x.is_empty());
  x.acknowledge();
  CHECK(x.is_empty());
  CHECK_FALSE(x.oldest());
}

TEST_CASE("a batch has its bounds, but always one record") {
  accumulator x{200, 0s};
  for (uint64_t i = 0; i < 40; ++i)
    x.push(entry(i));
  auto& first = x.form(no_bound);
  CHECK(first.batch.encoded_bytes() <= 200 * accumulator::backlog_factor);
  CHECK(first.tickets.size() > 10);
  x.acknowledge();
  auto& second = x.form(150);
  CHECK(second.batch.encoded_bytes() <= 150);
  x.acknowledge();
  CHECK(x.form(1).tickets.size() == 1);
}

TEST_CASE("a batch holds the records as they were posted") {
  accumulator x{1000, 0s};
  auto first = entry(1);
  first.content.key = bytes{"key"};
  first.content.headers = {{"name", bytes{"value"}}};
  auto expected = first.content;
  x.push(first);
  auto& out = x.form(no_bound);
  CHECK_FALSE(check_batch(out.batch));
  auto records = read_records(out.batch);
  REQUIRE(records);
  REQUIRE(records->size() == 1);
  CHECK(records->front().content == expected);
}

TEST_CASE("sequences count what was acknowledged") {
  accumulator x{1000, 0s};
  x.identify({7, 1});
  auto next = [&](uint64_t records) -> const batch_header& {
    for (uint64_t i = 0; i < records; ++i)
      x.push(entry(i));
    return x.form(no_bound).batch.header;
  };
  auto& first = next(3);
  CHECK(first.producer_id == 7);
  CHECK(first.producer_epoch == 1);
  CHECK(first.base_sequence == 0);
  x.acknowledge();
  CHECK(next(2).base_sequence == 3);
  // Given up before it was written: its numbers are free.
  x.give_up();
  CHECK(next(1).base_sequence == 3);
  x.acknowledge();
  CHECK(next(1).base_sequence == 4);
  x.acknowledge();
  x.identify({9, 0});
  auto& anew = next(1);
  CHECK(anew.producer_id == 9);
  CHECK(anew.base_sequence == 0);
}

TEST_CASE("without identity there are no sequences") {
  accumulator x{1000, 0s};
  for (uint64_t i = 0; i < 2; ++i) {
    x.push(entry(i));
    auto& header = x.form(no_bound).batch.header;
    CHECK(header.producer_id == -1);
    CHECK(header.base_sequence == -1);
    x.acknowledge();
  }
}

TEST_CASE("a batch on its way can be stamped anew") {
  accumulator x{1000, 0s};
  x.identify({7, 0});
  x.push(entry(1));
  x.form(no_bound);
  x.acknowledge();
  x.push(entry(2));
  auto before = x.form(no_bound).batch;
  x.identify({9, 0});
  auto& after = x.outgoing()->batch;
  CHECK(after.header.producer_id == 9);
  CHECK(after.header.base_sequence == 0);
  CHECK(after.records == before.records);
  CHECK_FALSE(check_batch(after));
  x.acknowledge();
  x.push(entry(3));
  CHECK(x.form(no_bound).batch.header.base_sequence == 1);
}

TEST_CASE("records that waited too long are taken out, in order") {
  accumulator x{1000, 0s};
  x.push(entry(1, 1s));
  x.form(no_bound);
  x.push(entry(2, 2s));
  x.push(entry(3, 3s));
  x.push(entry(4, 4s));
  auto late = x.take_posted_before(3s);
  REQUIRE(late.size() == 2);
  CHECK(late[0].from.post == 2);
  CHECK(late[1].from.post == 3);
  // The batch on its way is not concerned.
  REQUIRE(x.outgoing());
  x.acknowledge();
  CHECK(posts(x.form(no_bound)) == list{4});
}
