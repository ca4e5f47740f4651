// What servers say to each other must arrive as it was said, and whatever else
// arrives must be refused.

#include "actors/consensus/messages.hpp"
#include "actors/protocol/errors.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::consensus;

namespace {

snapshot some_snapshot() {
  return {70,
          3,
          {{1, "a:1", member_role::voter},
           {2, "b:1", member_role::standby},
           {9, "c:1", member_role::spare}},
          12,
          std::string{"st\0te", 5}};
}

std::vector<message> all_kinds() {
  constexpr uint64_t big = 1ull << 62;
  return {
    request_vote{2, big, 3, big, 4, true, false},
    vote_result{2, 9, true, false, 1, 65'535},
    append_entries{1, 9, 7, 8, 6, {}},
    append_entries{1,
                   9,
                   7,
                   8,
                   6,
                   {{8, entry_kind::command, "x"},
                    {9, entry_kind::barrier, std::string(8, '\0')},
                    {9, entry_kind::change, ""}}},
    append_result{1, 9, 7, big, 1, 2},
    install_snapshot{1, 9, some_snapshot()},
    timeout_now{0, 9, 8, 7},
  };
}

} // namespace

TEST_CASE("messages between servers come back as they were") {
  for (const auto& x : all_kinds()) {
    auto read = decode_message(encode_message(x));
    REQUIRE(read);
    CHECK(*read == x);
  }
  auto base = decode_snapshot(encode_snapshot(some_snapshot()));
  REQUIRE(base);
  CHECK(*base == some_snapshot());
}

TEST_CASE("a message that is cut, or goes on, is refused") {
  for (const auto& x : all_kinds()) {
    auto bytes = encode_message(x);
    for (size_t size = 0; size < bytes.size(); ++size)
      CHECK_FALSE(decode_message(std::string_view{bytes}.substr(0, size)));
    CHECK_FALSE(decode_message(bytes + '\0'));
  }
  auto bytes = encode_snapshot(some_snapshot());
  for (size_t size = 0; size < bytes.size(); ++size)
    CHECK_FALSE(decode_snapshot(std::string_view{bytes}.substr(0, size)));
}

TEST_CASE("a message of a later program says so") {
  // Version 2, as a varint.
  auto result = decode_message("\x04");
  REQUIRE_FALSE(result);
  CHECK(code_of(result.error()) == ec::unsupported_version);
  CHECK(what(result.error()).find("version 2") != std::string::npos);
}

TEST_CASE("entries without a term or of no kind are refused") {
  for (auto x : {entry{0, entry_kind::command, "x"},
                 entry{1, static_cast<entry_kind>(0), "x"},
                 entry{1, static_cast<entry_kind>(4), "x"}})
    CHECK_FALSE(
      decode_message(encode_message(append_entries{1, 9, 7, 8, 6, {x}})));
}
