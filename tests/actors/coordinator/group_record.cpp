// What a shard holds outlives every program that wrote it: records must come
// back as they were, and damage or a newer version must be told, not guessed.
#include "actors/coordinator/group_record.hpp"

#include <limits>
#include <memory>

#include "actors/coordinator/group.hpp"
#include "actors/coordinator/group_table.hpp"
#include "tests/catch.hpp"

using namespace troupe;

namespace {

constexpr uuid member{0x0123456789abcdef, 0xfedcba9876543210};
constexpr topic_partition place{{7, 9}, 42};

std::vector<group_record> samples() {
  group_header header;
  header.epoch = std::numeric_limits<int64_t>::max();
  header.has_rules = true;
  header.rules.start = {start_rule::kind::timestamp, 1'767'225'600'000};
  header.rules.start_is_stored = false;
  header.rules.assignor = "mine";
  header.rules.retention = 7 * 24h;
  header.rules.records_per_second = 0.1;
  header.is_started = true;
  header.started_index = 99;
  header.started_ms = -1;
  header.empty_since_ms = 5;
  member_info info{"sms-1", "rack 1", {"messages", "mails"}, 3s, 60s, true};
  current_assignment current;
  current.epoch = 12;
  current.assigned[place] = {11, {100, 3, start_reason::below_log_start}};
  current.revocation_id = 12;
  current.revoking[{{7, 9}, 0}] = {10, {-1, -1, start_reason::reset}};
  position where;
  where.next = 5;
  where.leader_epoch = 2;
  where.start = 3;
  where.start_epoch = 1;
  where.reason = start_reason::truncated;
  where.is_paused = true;
  where.metadata = "half way";
  where.epoch = 12;
  where.committed_ms = 1;
  where.wanted_ms = 2;
  timeline_event event{3, 4, 5, "sms-1 joined", {}};
  event.moves.push_back(
    {place, "messages", "sms-1", "sms-2", 120, 7, start_reason::committed, 2});
  return {header_changed{header},
          member_changed{member, info},
          target_changed{member, {place}},
          current_changed{member, current},
          position_changed{place, where},
          event_changed{event},
          header_changed{},
          target_changed{member, {}}};
}

std::string hex(std::string_view x) {
  std::string result;
  for (auto c : x)
    for (auto digit : {(c >> 4) & 15, c & 15})
      result += "0123456789abcdef"[digit];
  return result;
}

std::vector<keyed_record> encoded(const group_record& x) {
  std::vector<keyed_record> result;
  encode(x, result);
  return result;
}

} // namespace

TEST_CASE("each kind of record comes back as it was") {
  for (const auto& x : samples()) {
    auto written = encoded(x);
    REQUIRE(written.size() == 1);
    auto read = decode(written[0]);
    REQUIRE(read);
    CHECK(read->index() == x.index());
    CHECK(encoded(*read) == written);
  }
}

TEST_CASE("what was read is what was written, field by field") {
  auto records = samples();
  auto header = std::get<header_changed>(*decode(encoded(records[0])[0]));
  CHECK(header.header.epoch == std::numeric_limits<int64_t>::max());
  CHECK(header.header.rules
        == std::get<header_changed>(records[0]).header.rules);
  CHECK(header.header.started_index == 99);
  auto info = std::get<member_changed>(*decode(encoded(records[1])[0]));
  CHECK(info.id == member);
  CHECK(info.info.instance_id == "rack 1");
  CHECK(info.info.topics.size() == 2);
  CHECK(info.info.rebalance_timeout == 60s);
  CHECK(info.info.is_away);
  auto current = std::get<current_changed>(*decode(encoded(records[3])[0]));
  CHECK(current.current.assigned.at(place).start.offset == 100);
  CHECK(current.current.revoking.size() == 1);
  auto where = std::get<position_changed>(*decode(encoded(records[4])[0]));
  CHECK(where.id == place);
  CHECK(where.content.metadata == "half way");
  CHECK(where.content.reason == start_reason::truncated);
  auto event = std::get<event_changed>(*decode(encoded(records[5])[0]));
  CHECK(event.event.moves.at(0).to == "sms-2");
  CHECK(event.event.moves.at(0).repeated == 2);
}

TEST_CASE("keys of version 1 stay what they are") {
  CHECK(encoded(header_changed{})[0].key == "group");
  const std::string id = "/0123456789abcdeffedcba9876543210";
  CHECK(encoded(member_changed{member, {}})[0].key == "member" + id);
  CHECK(encoded(target_changed{member, {}})[0].key == "target" + id);
  CHECK(encoded(current_changed{member, {}})[0].key == "current" + id);
  CHECK(encoded(position_changed{place, {}})[0].key
        == "position/00000000000000070000000000000009/42");
  CHECK(encoded(event_changed{{3, 0, 0, "", {}}})[0].key == "event/3");
}

TEST_CASE("bytes of version 1 stay what they are") {
  // Written once, by the first program of this version; a change of these is a
  // new version.
  const char* golden[] = {
    "01feffffffffffffffff01010680a0d5edee6600086d696e658090e4c0043fb9"
    "99999999999a01c601010a",
    "010a736d732d310c7261636b203104106d657373616765730a6d61696c7380f8"
    "82ad1680e0ba84bf0301",
    "01020000000000000007000000000000000954",
    "01181802000000000000000700000000000000095416c801060e020000000000"
    "0000070000000000000009001401010a",
    "010a0406020c011068616c6620776179180204",
    "0106080a18736d732d31206a6f696e6564020000000000000007000000000000"
    "000954106d657373616765730a736d732d310a736d732d32f0010e0004"};
  auto all = samples();
  for (size_t i = 0; i < std::size(golden); ++i) {
    auto value = encoded(all[i])[0].value;
    CHECK(hex(value.view()) == golden[i]);
  }
}

TEST_CASE("removals are null values") {
  auto gone = encoded(member_removed{member});
  REQUIRE(gone.size() == 3);
  for (const auto& x : gone)
    CHECK(x.value.is_null());
  CHECK(encoded(event_removed{3})[0].key == "event/3");
  CHECK(encoded(position_removed{place})[0].value.is_null());
  CHECK(encoded(header_removed{})[0].key == "group");
}

TEST_CASE("a newer version and an unknown kind are refused as such") {
  auto newer = encoded(header_changed{})[0];
  auto value = newer.value.str();
  value[0] = 2;
  newer.value = bytes{value};
  CHECK(what(decode(newer).error())
        == "unsupported_version: group record 'group' is of version 2; this "
           "program reads up to 1");
  for (auto key : {"grouping", "lease/1", "member/xyz", "position/1/2",
                   "position/00000000000000070000000000000009/",
                   "position/00000000000000070000000000000009/4x"}) {
    auto x = encoded(header_changed{})[0];
    x.key = key;
    CHECK(code_of(decode(x).error()) == ec::unsupported_version);
  }
}

TEST_CASE("damage is told, wherever it is") {
  for (const auto& x : samples()) {
    auto whole = encoded(x)[0];
    auto value = whole.value.str();
    for (size_t size = 0; size < value.size(); ++size) {
      auto fault = decode({whole.key, bytes{value.substr(0, size)}});
      REQUIRE_FALSE(fault);
      CHECK(code_of(fault.error()) == ec::corrupt_log);
    }
    CHECK(code_of(decode({whole.key, bytes{value + "x"}}).error())
          == ec::corrupt_log);
    // Any other damage must at least not run away with memory or time.
    for (size_t i = 1; i < value.size(); ++i)
      for (auto byte : {'\x00', '\x7f', '\x80', '\xff'}) {
        auto damaged = value;
        damaged[i] = byte;
        (void)decode({whole.key, bytes{damaged}});
      }
  }
  CHECK(code_of(decode({"group", bytes{}}).error()) == ec::corrupt_log);
  // A start reason that is none.
  auto where = encoded(position_changed{place, {}})[0];
  auto value = where.value.str();
  value[5] = 2 * static_cast<char>(start_reason::below_log_start);
  CHECK(decode({where.key, bytes{value}}));
  value[5] += 2;
  CHECK_FALSE(decode({where.key, bytes{value}}));
}

TEST_CASE("applying all records of a table makes that table") {
  group_table table;
  for (const auto& x : samples())
    if (!std::holds_alternative<target_changed>(x)
        || !std::get<target_changed>(x).target.empty())
      table.apply(x);
  group_table again;
  std::vector<keyed_record> records;
  for (const auto& x : table.records())
    encode(x, records);
  for (const auto& x : records)
    again.apply(*decode(x));
  std::vector<keyed_record> twice;
  for (const auto& x : again.records())
    encode(x, twice);
  CHECK(records == twice);
  CHECK(again.owner_of(place) == member);
  CHECK(again.target_of(place) == member);
  again.apply(member_removed{member});
  CHECK_FALSE(again.owner_of(place));
  CHECK_FALSE(again.target_of(place));
}

TEST_CASE("a stored group with two owners or no header is refused") {
  current_assignment holds;
  holds.assigned[place] = {};
  current_assignment gives_up;
  gives_up.revoking[place] = {};
  current_assignment both = holds;
  both.revoking[place] = {};
  auto load = [](const std::vector<group_record>& xs) {
    group_image image;
    for (const auto& x : xs)
      encode(x, image.records);
    group core{"sms", {}, std::make_shared<assignor_registry>()};
    return core.load(image);
  };
  constexpr uuid other{1, 1};
  group_record header = header_changed{};
  CHECK_FALSE(load({header, current_changed{member, holds}}));
  CHECK(code_of(load({current_changed{member, holds}})) == ec::corrupt_log);
  for (const auto& xs : std::vector<std::vector<group_record>>{
         {header, current_changed{member, both}},
         {header, current_changed{member, holds},
          current_changed{other, gives_up}},
         {header, current_changed{member, gives_up},
          current_changed{other, holds}}})
    CHECK(code_of(load(xs)) == ec::corrupt_log);
}
