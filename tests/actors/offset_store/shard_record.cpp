// Shards are read by programs of other versions: the bytes of a key are fixed,
// and what is no key is told apart from what is one.
#include "actors/offset_store/shard_record.hpp"

#include "tests/catch.hpp"

using namespace troupe;

namespace {

record with_key(std::string key) {
  return {bytes{std::move(key)}, bytes{"v"}, {}, 0};
}

} // namespace

TEST_CASE("the key of a record is version, length, group, key") {
  auto x = encode_shard_record("sms", {"o/1", bytes{"value"}}, 42);
  CHECK(x.key.str() == std::string{"\x01\x00\x03smso/1", 9});
  CHECK(x.value.str() == "value");
  CHECK(x.timestamp_ms == 42);
}

TEST_CASE("a record comes back as it was") {
  auto [group, content] = GENERATE(
    std::pair{std::string{"sms"}, keyed_record{"key", bytes{"value"}}},
    std::pair{std::string{"sms"}, keyed_record{"", bytes{std::string{}}}},
    std::pair{std::string{"sms"}, keyed_record{"gone", bytes{}}},
    std::pair{std::string{""}, keyed_record{"life", bytes{"1234"}}},
    std::pair{std::string(group_bytes_max, 'g'),
              keyed_record{std::string{"\0\xFF", 2}, bytes{"\0"}}});
  auto decoded = decode_shard_record(encode_shard_record(group, content, 0));
  REQUIRE(decoded);
  CHECK(decoded->group == group);
  CHECK(decoded->content == content);
}

TEST_CASE("what is no record of a shard is refused") {
  struct row {
    record content;
    ec expected;
  };
  auto x = GENERATE(
    row{record{}, ec::corrupt_log}, row{with_key(""), ec::corrupt_log},
    row{with_key(std::string{"\x01\x00", 2}), ec::corrupt_log},
    row{with_key(std::string{"\x01\x00\x02g", 4}), ec::corrupt_log},
    row{with_key(std::string{"\x02\x00\x01gk", 5}), ec::unsupported_version});
  auto decoded = decode_shard_record(x.content);
  REQUIRE_FALSE(decoded);
  CHECK(code_of(decoded.error()) == x.expected);
}

TEST_CASE("no record takes more of a batch than it is counted with") {
  auto size = GENERATE(size_t{0}, size_t{1}, size_t{200}, size_t{70'000});
  std::vector<record> records;
  size_t counted = batch_header::encoded_bytes;
  for (int i = 0; i < 3; ++i)
    counted += encoded_bytes_max(records.emplace_back(encode_shard_record(
      "g", {std::string(size, 'k'), bytes{std::string(size, 'v')}}, 1000 * i)));
  CHECK(make_batch(records).encoded_bytes() <= counted);
}
