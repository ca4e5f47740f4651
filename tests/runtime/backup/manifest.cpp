// The manifest decides what a backup is; the numbers after a restore, whether
// anybody takes one history for another.
#include "runtime/backup/manifest.hpp"

#include <limits>

#include "actors/protocol/errors.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::backup;

namespace {

manifest example() {
  manifest x;
  x.cluster_id = {1, 2};
  x.node_id = 3;
  x.shards = 5;
  x.begun_ms = 1'767'225'600'000;
  x.program = "0.1.0";
  x.files = {{"metadata/state", 10, 0x01234567}, {"topics/a.b/0/x.log", 0, 0}};
  return x;
}

} // namespace

TEST_CASE("a manifest reads back as it was, and its bytes stay the same") {
  auto x = example();
  auto text = encode(x);
  CHECK(text
        == "troupe-backup 1\n"
           "cluster 00000000000000010000000000000002\n"
           "node 3\n"
           "shards 5\n"
           "begun 1767225600000\n"
           "program 0.1.0\n"
           "file 10 01234567 metadata/state\n"
           "file 0 00000000 topics/a.b/0/x.log\n"
           "crc 83abba31\n");
  auto back = decode_manifest(text, "here");
  REQUIRE(back);
  CHECK(*back == x);
  CHECK(bytes_of(x) == 10);
}

TEST_CASE("a manifest that was cut or changed anywhere is refused") {
  auto text = encode(example());
  for (size_t i = 0; i < text.size(); ++i) {
    CHECK_FALSE(decode_manifest(text.substr(0, i), "here"));
    auto changed = text;
    changed[i] ^= 1;
    CHECK_FALSE(decode_manifest(changed, "here"));
  }
}

TEST_CASE("a newer manifest is told from a damaged one") {
  auto text = encode(example());
  text.replace(text.find(" 1"), 2, " 2");
  auto refused = decode_manifest(text, "here");
  REQUIRE_FALSE(refused);
  CHECK(code_of(refused.error()) == ec::unsupported_version);
}

TEST_CASE("a manifest names no file outside of the backup") {
  for (auto path : {"/etc/passwd", "../x", "a/../../x", "a//b", "a/./b"}) {
    CAPTURE(path);
    auto x = example();
    x.files.push_back({path, 1, 1});
    CHECK_FALSE(decode_manifest(encode(x), "here"));
  }
}

TEST_CASE("numbers after a restore are larger than any from before") {
  constexpr int64_t minute = 60'000;
  struct row {
    int32_t number;
    int64_t begun_ms;
    int64_t now_ms;
    int32_t expected;
  };
  auto largest = std::numeric_limits<int32_t>::max();
  for (const auto& [number, begun, now, expected] : std::vector<row>{
         {0, 0, 0, 1'000},
         {7, 0, 0, 1'007},
         // A second restore of the same backup, later: another history.
         {7, 0, minute, 1'008},
         {7, 0, 60 * minute, 1'067},
         // A clock that went back.
         {7, minute, 0, 1'007},
         {largest - 5, 0, 0, largest - 1},
       })
    CHECK(number_after_restore(number, begun, now) == expected);
}
