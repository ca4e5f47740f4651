// A shard's log of group records: replaying it gives a table or an error, and
// what a table holds makes the same table again (invariant I7).
#include "actors/offset_store/shard_record.hpp"
#include "actors/offset_store/shard_table.hpp"
#include "tests/fuzz/targets/parts.hpp"
#include "tests/fuzz/targets/target.hpp"

namespace troupe::fuzz {

namespace {

/// Kinds: a key and its value come one after the other; odd: a null value.
std::vector<record> records_in(std::string_view input) {
  std::vector<record> result;
  auto parts = split(input);
  for (size_t i = 0; i + 1 < parts.size(); i += 2) {
    auto value =
      parts[i + 1].kind % 2 == 1 ? bytes{} : bytes{parts[i + 1].content};
    result.push_back({bytes{parts[i].content}, std::move(value), {}, 0});
  }
  return result;
}

bool run(std::string_view input) {
  shard_table live;
  auto records = records_in(input);
  bool is_accepted = !records.empty();
  for (const auto& x : records) {
    auto decoded = decode_shard_record(x);
    if (decoded) {
      auto again = encode_shard_record(decoded->group, decoded->content, 0);
      must(again == x, "a record is not written as it was read");
    }
    auto before = live;
    if (live.apply(x)) {
      must(live == before, "a refused record changed something");
      is_accepted = false;
    }
  }
  shard_table replayed;
  for (const auto& group : live.groups())
    for (const auto& x : live.records_of(group))
      must(!replayed.apply(encode_shard_record(group, x, 0)),
           "a record of the table is refused");
  if (live.life() != 0)
    must(!replayed.apply(life_record(live.life(), 0)), "a life is refused");
  must(replayed == live, "a replay gives another table");
  return is_accepted;
}

std::vector<std::string> seeds() {
  std::vector<part> parts;
  auto add = [&](const record& x) {
    parts.push_back({0, x.key.str()});
    parts.push_back({static_cast<uint8_t>(x.value.is_null()), x.value.str()});
  };
  add(life_record(1, 0));
  add(encode_shard_record("sms", {"group", bytes{std::string{"\1one"}}}, 0));
  add(encode_shard_record("sms", {"event/1", bytes{std::string{}}}, 0));
  add(encode_shard_record("sms", {"group", bytes{}}, 0));
  add(encode_shard_record("mail", {"group", bytes{std::string{"\1"}}}, 0));
  return {join(parts)};
}

} // namespace

const target shards{"shards", run, nullptr, seeds};

} // namespace troupe::fuzz
