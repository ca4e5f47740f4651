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
  x.min_insync_replicas = 0xA8;
  return x;
}

std::string hex(const std::string& x) {
  std::string result;
  for (auto c : x)
    result += fmt::format("{:02x}", static_cast<uint8_t>(c));
  return result;
}

/// The bytes of `settings_for_test`.
const std::string settings_hex = "00000000000000a1" // segment_bytes
                                 "00000000000000a2" // segment_age
                                 "01"               // cleanup
                                 "00000000000000a3" // retention_time
                                 "00000000000000a4" // retention_bytes
                                 "00000000000000a5" // tombstone_retention
                                 "00000000000000a6" // record_bytes_max
                                 "00000000000000a7" // index_interval_bytes
                                 "000000a8";        // min_insync_replicas

const std::string id_hex = "01020304050607081112131415161718";

struct row {
  command what;
  std::string golden;
};

const partition_placement placement{{1, 2}, {2}, 2, 7, 9, {3}};

/// The bytes of `placement`.
const std::string placement_hex = "00000002"
                                  "00000001"
                                  "00000002" // replicas
                                  "00000001"
                                  "00000002" // in_sync
                                  "00000002" // leader
                                  "00000007" // leader_epoch
                                  "00000009" // epoch
                                  "00000001"
                                  "00000003"; // moving_to

const node_info node{5,     "a:1",  "r",  {1, 2}, {3, 4},
                     "0.1", {6, 7}, true, false,  true};

const std::string node_hex = "00000005"
                             "0003613a31"
                             "000172"
                             "00000000000000010000000000000002"
                             "00000000000000030000000000000004"
                             "0003302e31"
                             "00000006"
                             "00000007"
                             "010001";

std::vector<row> rows() {
  return {
    {create_topic{id, {"sms", 3, settings_for_test()}, true, {}},
     "0200" + id_hex + "0003736d73" + "00000003" + settings_hex + "01"
       + "00000000" + "00000000"},
    {create_topic{id, {"sms", 1, settings_for_test(), 2}, false, {placement}},
     "0200" + id_hex + "0003736d73" + "00000001" + settings_hex + "00"
       + "00000002" + "00000001" + placement_hex},
    {grow_topic{id, 6, {placement}},
     "0201" + id_hex + "00000006" + "00000001" + placement_hex},
    {delete_topic{id}, "0202" + id_hex},
    {configure_topic{id, settings_for_test()}, "0203" + id_hex + settings_hex},
    {reserve_producer_ids{2'000, 1'000}, "020400000000000007d0000003e8"},
    {register_node{node}, "0205" + node_hex},
    {set_node_state{5, false, true, true}, "020600000005000101"},
    {remove_node{5}, "020700000005"},
    {set_partitions{{{{id, 4}, placement}}},
     "0208" + ("00000001" + id_hex) + "00000004" + placement_hex},
    {raise_level{3}, "020900000003"},
  };
}

/// What a program before clusters wrote.
std::vector<row> old_rows() {
  auto settings = settings_for_test();
  settings.min_insync_replicas = 0;
  auto old_settings_hex = settings_hex.substr(0, settings_hex.size() - 8);
  return {
    {create_topic{id, {"sms", 3, settings}, true, {}},
     "0100" + id_hex + "0003736d73" + "00000003" + old_settings_hex + "01"},
    {grow_topic{id, 6, {}}, "0101" + id_hex + "00000006"},
    {delete_topic{id}, "0102" + id_hex},
    {configure_topic{id, settings}, "0103" + id_hex + old_settings_hex},
    {reserve_producer_ids{2'000, 1'000}, "010400000000000007d0000003e8"},
  };
}

std::string from_hex(const std::string& x) {
  std::string result;
  for (size_t i = 0; i < x.size(); i += 2)
    result += static_cast<char>(std::stoi(x.substr(i, 2), nullptr, 16));
  return result;
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

TEST_CASE("commands from before there were clusters are read") {
  for (const auto& [what, golden] : old_rows()) {
    auto decoded = decode_command(from_hex(golden));
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
  text[0] = 3;
  CHECK(code_of(decode_command(text).error()) == ec::unsupported_version);
}

TEST_CASE("what a later feature level brings is written by nobody before it") {
  const level_range next{1, 2};
  for (const auto& [what, golden] : rows()) {
    CHECK(encode_command(what, 1) == encode_command(what));
    auto text = encode_command(what, 2);
    CHECK(text[0] == 3);
    CHECK(code_of(decode_command(text).error()) == ec::unsupported_version);
    auto decoded = decode_command(text, next);
    REQUIRE(decoded);
    CHECK((*decoded == what));
  }
}

TEST_CASE("an unknown command of this version is damage") {
  auto text = encode_command(delete_topic{id});
  text[1] = 10;
  CHECK(code_of(decode_command(text).error()) == ec::corrupt_log);
}
