// What a group finds after a restart is what the table keeps: of each key the
// last value, of each group only what is its own.
#include "actors/offset_store/shard_table.hpp"

#include "tests/catch.hpp"

using namespace troupe;

namespace {

using rows = std::vector<keyed_record>;

/// Applies `key`, `value` to a group; no value: removes the key.
void put(shard_table& table, const std::string& group, const std::string& key,
         const char* value) {
  keyed_record x{key, value ? bytes{value} : bytes{}};
  REQUIRE_FALSE(table.apply(encode_shard_record(group, x, 0)));
}

} // namespace

TEST_CASE("a table keeps the last value of each key, by ascending key") {
  shard_table table;
  put(table, "sms", "b", "1");
  put(table, "sms", "a", "1");
  put(table, "sms", "b", "2");
  put(table, "mail", "b", "3");
  CHECK(table.records_of("sms") == rows{{"a", bytes{"1"}}, {"b", bytes{"2"}}});
  CHECK(table.records_of("mail") == rows{{"b", bytes{"3"}}});
  CHECK(table.records_of("push").empty());
  CHECK(table.groups() == std::vector<std::string>{"mail", "sms"});
}

TEST_CASE("a null value removes a key, the last one removes its group") {
  shard_table table;
  put(table, "sms", "a", "1");
  put(table, "sms", "b", "");
  put(table, "sms", "a", nullptr);
  CHECK(table.records_of("sms") == rows{{"b", bytes{""}}});
  put(table, "sms", "b", nullptr);
  put(table, "sms", "never there", nullptr);
  put(table, "nobody", "a", nullptr);
  CHECK(table.groups().empty());
  CHECK(table == shard_table{});
}

TEST_CASE("the shard's number belongs to no group") {
  shard_table table;
  CHECK(table.life() == 0);
  CHECK_FALSE(table.apply(life_record(1, 0)));
  CHECK_FALSE(table.apply(life_record(0x01020304, 0)));
  CHECK(table.life() == 0x01020304);
  CHECK(table.groups().empty());
}

TEST_CASE("a record that cannot be read changes nothing") {
  shard_table table;
  put(table, "sms", "a", "1");
  auto before = table;
  auto broken =
    GENERATE(record{}, encode_shard_record("", {"life", bytes{"123"}}, 0),
             encode_shard_record("", {"life", bytes{}}, 0),
             encode_shard_record("", {"other", bytes{"1234"}}, 0));
  CHECK(code_of(table.apply(broken)) == ec::corrupt_log);
  CHECK(table == before);
}

TEST_CASE("the table does not keep the buffer that a value came in") {
  auto chunk = std::make_shared<const std::string>("0123456789");
  std::weak_ptr<const std::string> seen = chunk;
  shard_table table;
  bytes value{chunk, chunk->data() + 2, 3};
  REQUIRE_FALSE(table.apply(encode_shard_record("sms", {"a", value}, 0)));
  value = {};
  chunk.reset();
  CHECK(seen.expired());
  CHECK(table.records_of("sms") == rows{{"a", bytes{"234"}}});
}
