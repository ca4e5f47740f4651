// The metadata log outlives programs: the bytes of a command are fixed, and a
// command of a newer program is told from a damaged one.
#include "actors/controller/command.hpp"

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"
#include "tests/catch.hpp"

using namespace troupe;

namespace {

constexpr uuid id{0x0102030405060708, 0x1112131415161718};

topic_settings settings_for_test() {
  topic_settings x;
  x.segment_bytes = 0xA1;
  x.segment_age = milliseconds{0xA2};
  x.cleanup = cleanup_policy::compact;
  x.retention_time = milliseconds{0xA3};
  x.retention_bytes = 0xA4;
  x.tombstone_retention = milliseconds{0xA5};
  x.record_bytes_max = 0xA6;
  x.index_interval_bytes = 0xA7;
  return x;
}

std::string hex(const std::string& x) {
  std::string result;
  for (auto c : x)
    result += fmt::format("{:02x}", static_cast<uint8_t>(c));
  return result;
}

/// The bytes of `settings_for_test`.
const std::string settings_hex = "00000000000000a1"  // segment_bytes
                                 "00000000000000a2"  // segment_age
                                 "01"                // cleanup
                                 "00000000000000a3"  // retention_time
                                 "00000000000000a4"  // retention_bytes
                                 "00000000000000a5"  // tombstone_retention
                                 "00000000000000a6"  // record_bytes_max
                                 "00000000000000a7"; // index_interval_bytes

const std::string id_hex = "01020304050607081112131415161718";

struct row {
  command what;
  std::string golden;
};

std::vector<row> rows() {
  return {
    {create_topic{id, {"sms", 3, settings_for_test()}, true},
     "0100" + id_hex + "0003736d73" + "00000003" + settings_hex + "01"},
    {create_topic{id, {"sms", 3, settings_for_test()}, false},
     "0100" + id_hex + "0003736d73" + "00000003" + settings_hex + "00"},
    {grow_topic{id, 6}, "0101" + id_hex + "00000006"},
    {delete_topic{id}, "0102" + id_hex},
    {configure_topic{id, settings_for_test()}, "0103" + id_hex + settings_hex},
    {reserve_producer_ids{2'000, 1'000}, "010400000000000007d0000003e8"},
  };
}

} // namespace

TEST_CASE("the bytes of every command are fixed") {
  for (const auto& [what, golden] : rows())
    CHECK(hex(encode_command(what)) == golden);
}

TEST_CASE("a command comes back as it was") {
  for (const auto& [what, golden] : rows()) {
    auto decoded = decode_command(encode_command(what));
    REQUIRE(decoded);
    CHECK((*decoded == what));
  }
}

TEST_CASE("a cut or longer command is refused, wherever it ends") {
  for (const auto& [what, golden] : rows()) {
    auto text = encode_command(what);
    for (size_t size = 0; size < text.size(); ++size)
      CHECK(code_of(decode_command(text.substr(0, size)).error())
            == ec::corrupt_log);
    CHECK(code_of(decode_command(text + '\0').error()) == ec::corrupt_log);
  }
}

TEST_CASE("a command of a newer program is refused as such") {
  auto text = encode_command(delete_topic{id});
  text[0] = 2;
  CHECK(code_of(decode_command(text).error()) == ec::unsupported_version);
}

TEST_CASE("an unknown command of this version is damage") {
  auto text = encode_command(delete_topic{id});
  text[1] = 5;
  CHECK(code_of(decode_command(text).error()) == ec::corrupt_log);
}
