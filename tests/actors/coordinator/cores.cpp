// Small cores that everything else leans on: timers in order, effects only
// after their records, topics as the metadata tells them.
#include <string>

#include "actors/coordinator/deadlines.hpp"
#include "actors/coordinator/outbox.hpp"
#include "actors/coordinator/start_rule.hpp"
#include "actors/coordinator/topic_catalog.hpp"
#include "tests/catch.hpp"

using namespace troupe;

namespace {

keyed_record kept(const std::string& key, size_t size = 1) {
  return {key, bytes{std::string(size, 'x')}};
}

using texts = std::vector<std::string>;

topic_info topic(uint64_t id, const std::string& name, size_t partitions) {
  topic_info result;
  result.id = {3, id};
  result.name = name;
  result.created_index.assign(partitions, 1);
  return result;
}

} // namespace

TEST_CASE("deadlines: the earliest first, each key once") {
  deadlines<int> x;
  CHECK_FALSE(x.next());
  x.set(1, 10s);
  x.set(2, 5s);
  x.set(3, 7s);
  x.set(2, 20s);
  CHECK(x.next() == caf::timespan{7s});
  CHECK(x.take(6s).empty());
  CHECK(x.take(10s) == std::vector<int>{3, 1});
  CHECK(x.contains(2));
  x.erase(2);
  x.erase(2);
  CHECK_FALSE(x.next());
}

TEST_CASE("outbox: effects wait for their records and keep their order") {
  outbox<std::string> x;
  x.add({}, {"free"});
  CHECK(x.take_ready() == texts{"free"});
  x.add({kept("a")}, {"a1", "a2"});
  auto first = x.next();
  REQUIRE(first);
  CHECK(first->records == std::vector{kept("a")});
  x.add({}, {"after a"});
  x.add({kept("b")}, {"b"});
  auto second = x.next();
  REQUIRE(second);
  CHECK(x.take_ready().empty());
  // The second is durable first: its effects still wait for the first.
  x.done(second->number);
  CHECK(x.take_ready().empty());
  x.done(first->number);
  CHECK(x.take_ready() == texts{"a1", "a2", "after a", "b"});
  CHECK_FALSE(x.next());
}

TEST_CASE("outbox: what was refused is written again, in order") {
  outbox<std::string> x;
  std::vector<uint64_t> numbers;
  for (auto name : {"a", "b", "c"}) {
    x.add({kept(name)}, {name});
    numbers.push_back(x.next()->number);
  }
  x.add({kept("d")}, {"d"});
  x.done(numbers[0]);
  CHECK(x.take_ready() == texts{"a"});
  x.refused(numbers[1]);
  CHECK(x.is_stalled());
  CHECK_FALSE(x.next());
  CHECK_FALSE(x.can_take_back());
  x.refused(numbers[2]);
  REQUIRE(x.can_take_back());
  CHECK(x.take_ready().empty());
  x.take_back();
  CHECK_FALSE(x.is_stalled());
  auto again = x.next();
  REQUIRE(again);
  CHECK(again->records == std::vector{kept("b"), kept("c"), kept("d")});
  x.done(again->number);
  CHECK(x.take_ready() == texts{"b", "c", "d"});
}

TEST_CASE("outbox: so many writes at once, the rest is gathered") {
  using box = outbox<std::string>;
  box x;
  std::vector<uint64_t> numbers;
  for (size_t i = 0; i < box::writes_max; ++i) {
    x.add({kept("k")}, {});
    numbers.push_back(x.next()->number);
  }
  for (auto effect : {"1", "2", "3"})
    x.add({kept("k")}, {effect});
  CHECK_FALSE(x.next());
  CHECK(x.waiting() == 3);
  x.done(numbers[0]);
  auto gathered = x.next();
  REQUIRE(gathered);
  CHECK(gathered->records.size() == 3);
  for (auto number : numbers)
    x.done(number);
  CHECK(x.take_ready().empty());
  x.done(gathered->number);
  CHECK(x.take_ready() == texts{"1", "2", "3"});
}

TEST_CASE("outbox: a write is bounded, a step stays whole") {
  using box = outbox<std::string>;
  box x;
  std::vector<uint64_t> numbers;
  for (size_t i = 0; i < box::writes_max; ++i) {
    x.add({kept("k")}, {});
    numbers.push_back(x.next()->number);
  }
  for (int i = 0; i < 3; ++i)
    x.add({kept("big", 100'000), kept("with it", 100'000)}, {});
  x.done(numbers[0]);
  CHECK(x.next()->records.size() == 2);
}

TEST_CASE("outbox: when all is lost, all effects are there to be refused") {
  outbox<std::string> x;
  x.add({kept("a")}, {"a"});
  auto first = x.next();
  REQUIRE(first);
  x.add({kept("b")}, {"b"});
  x.add({}, {"c"});
  CHECK(x.take_all() == texts{"a", "b", "c"});
  x.done(first->number);
  CHECK(x.take_ready().empty());
}

TEST_CASE("catalog: created, grown, removed, made again") {
  topic_catalog x;
  auto apply = [&](const metadata_update& update) {
    texts result;
    for (const auto& change : x.apply(update))
      result.push_back(to_string(change));
    return result;
  };
  CHECK(apply({1, true, {topic(1, "messages", 3), topic(2, "mails", 1)}, {}})
        == texts{"messages was created with 3 partitions",
                 "mails was created with 1 partition"});
  CHECK(apply({2, false, {topic(1, "messages", 3)}, {}}).empty());
  CHECK(apply({3, false, {topic(1, "messages", 6)}, {}})
        == texts{"messages grew from 3 to 6 partitions"});
  CHECK(x.contains({{3, 1}, 5}));
  CHECK_FALSE(x.contains({{3, 1}, 6}));
  CHECK_FALSE(x.contains({{3, 1}, -1}));
  CHECK(
    apply({4, false, {topic(5, "messages", 1)}, {{3, 1}}})
    == texts{"messages was deleted", "messages was created with 1 partition"});
  CHECK(x.find("messages")->id == topic_id{3, 5});
  CHECK(x.name_of({3, 1}) == "messages");
  CHECK(apply({5, true, {topic(5, "messages", 1)}, {}})
        == texts{"mails was deleted"});
  CHECK(x.find("mails") == nullptr);
  CHECK(x.index() == 5);
  CHECK(x.name_of({3, 1}) == to_string(uuid{3, 1}));
}

TEST_CASE("start: what is asked of a partition") {
  using query = offset_query::kind;
  topic_partition id{{3, 1}, 0};
  position null, committed, stored, wanted;
  committed.next = 4;
  committed.leader_epoch = 7;
  stored.start = 2;
  stored.start_epoch = -1;
  wanted.wanted_ms = 50;
  struct row {
    position held;
    start_context context;
    query what;
    int64_t timestamp_ms;
    std::optional<int32_t> epoch;
  };
  const start_rule latest, earliest{start_rule::kind::earliest, 0},
    ago{start_rule::kind::ago, 30};
  const row rows[] = {
    {committed, {latest, true, false, false, 90}, query::earliest, -1, 7},
    {stored, {latest, true, false, false, 90}, query::earliest, -1, -1},
    {null, {latest, true, false, true, 90}, query::earliest, -1, -1},
    {null, {latest, true, true, false, 90}, query::latest, -1, {}},
    {null, {earliest, true, true, false, 90}, query::earliest, -1, {}},
    {null, {ago, true, true, false, 90}, query::timestamp, 60, {}},
    {wanted, {ago, true, false, false, 90}, query::timestamp, 20, {}},
    {wanted, {latest, true, false, false, 90}, query::timestamp, 50, {}},
    {null, {latest, false, true, false, 90}, query::latest, -1, {}},
    {null, {latest, false, false, true, 90}, query::earliest, -1, {}},
    {stored, {latest, false, false, false, 90}, query::earliest, -1, {}},
  };
  for (const auto& row : rows) {
    auto asked = query_of(id, row.held, row.context);
    CHECK(asked.offset.what == row.what);
    CHECK(asked.offset.timestamp_ms == row.timestamp_ms);
    CHECK(asked.epoch == row.epoch);
  }
}
