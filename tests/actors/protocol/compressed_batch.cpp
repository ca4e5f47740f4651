// Compressed batches are read and written beside other clients: here are
// batches that other programs made, and what every reader must make of ours.
#include <random>

#include "actors/protocol/compression.hpp"
#include "actors/protocol/record_batch.hpp"
#include "tests/catch.hpp"

using namespace troupe;

namespace {

constexpr int64_t t0 = 1'700'000'000'000;

bytes b(const std::string& x) {
  return bytes{x};
}

struct golden {
  const char* made_by;
  int codec;
  std::string_view hex;
};

/// Made by a script of its own: base offset 1000, leader epoch 5, no producer;
/// the records are those of `messages`, packed by the programs named.
constexpr golden goldens[] = {
  {"gzip -9", 1,
   "00000000000003e8000000be00000005029102d89b0001000000070000018bcf"
   "e568000000018bcfe56846ffffffffffffffffffffffffffff000000081f8b08"
   "00000000000203ab616060e0292d4e2dd235f0a9cc2f2d5228482c4a4ecd51c8"
   "2c56c8482d4ad551c82c01b1d38af273158a33f20b140c9838b233f3527820ea"
   "6a18449820da0d89d36e88a65d8305a2dd8838ed4668da6dd84872bc319af600"
   "0e921c6f82a63d858b24c79ba269afe021c9f16628daeb187a18f94872bd398a"
   "7e007c2ac859f9010000"},
  {"libsnappy, blocks of 200 bytes in xerial framing", 2,
   "00000000000003e8000001720000000502c053275e0002000000070000018bcf"
   "e568000000018bcfe56846ffffffffffffffffffffffffffff0000000882534e"
   "4150505900000000010000000100000069c801e07c0000000c757365722d304c"
   "796f75722070617263656c20697320686572652c2069742069732066726f6d20"
   "73686f70203002086b696e640c09280c7c001402093f0031963f00043102363f"
   "00042804093f0032963f0000323a3f00203c060c757365722d3000000069c801"
   "b84c796f75722070617263656c20697320686572652c2069742069732066726f"
   "6d2073686f70203302086b696e640c700528287c0050080c757365722d31963f"
   "0000343a3f0004640a093f0032963f0000353a3f0004780c093f2c304c796f75"
   "722070617263650000005369e86c20697320686572652c206974206973206672"
   "6f6d2073686f70203602086b696e640c70617263656c7e008c010e0c75736572"
   "2d314c796f75722009180134564000343702086b696e640c70617263656c"},
  {"libsnappy, one block", 2,
   "00000000000003e8000000de00000005022ad2aa2a0002000000070000018bcf"
   "e568000000018bcfe56846ffffffffffffffffffffffffffff00000008f903e0"
   "7c0000000c757365722d304c796f75722070617263656c20697320686572652c"
   "2069742069732066726f6d2073686f70203002086b696e640c09280c7c001402"
   "093f0031963f00043102363f00042804093f0032963f0000323a3f00043c0609"
   "3f9abd0000333a3f00045008093f9abd0000343a3f0004640a093f9abd000035"
   "3a3f0004780c093f9abd000036323f00107e008c010e09409abe00343702086b"
   "696e640c70617263656c"},
  {"lz4 -1 -BI --no-frame-crc", 3,
   "00000000000003e8000000e50000000502f0ae2ae00003000000070000018bcf"
   "e568000000018bcfe56846ffffffffffffffffffffffffffff0000000804224d"
   "18604082a5000000f0147c0000000c757365722d304c796f7572207061726365"
   "6c20697320686572652c2069740c00f20366726f6d2073686f70203002086b69"
   "6e640c2800427c0014023f001f313f00131b313f002228043f001f323f00131b"
   "323f00223c063f000fbd00141b333f002250083f000fbd00141b343f0022640a"
   "3f000fbd00141b353f0022780c3f000fbd001419363f00527e008c010e40000f"
   "be00141437400050617263656c00000000"},
  {"lz4 -9 -BD -BX --content-size", 3,
   "00000000000003e8000000de0000000502061dcfd30003000000070000018bcf"
   "e568000000018bcfe56846ffffffffffffffffffffffffffff0000000804224d"
   "187440bd96000000f0147c0000000c757365722d304c796f7572207061726365"
   "6c20697320686572652c2069740c00f20366726f6d2073686f70203002086b69"
   "6e640c2800427c0014023f001f313f00131b313f002228043f001f323f00131b"
   "323f002f3c06bd001a1b333f002f5008bd001a1b343f002f640abd001a1b353f"
   "002f780cbd001a19363f005f7e008c010ebe001a1437400050617263656c49df"
   "4d1e00000000028aaa02"},
  {"zstd -3 --no-check", 4,
   "00000000000003e8000000c4000000050227d76e630004000000070000018bcf"
   "e568000000018bcfe56846ffffffffffffffffffffffffffff0000000828b52f"
   "fd005855040094057c0000000c757365722d304c796f75722070617263656c20"
   "697320686572652c2069742069732066726f6d2073686f70203002086b696e64"
   "0c7c0014023131280432323c06303350083134640a3235780c30367e008c010e"
   "3715007008fd96a9e060c1136040d0b1e0093020e858f0041810742c78020c08"
   "3a163c0106041d0b4f0861905c838202"},
  {"zstd -19 --check", 4,
   "00000000000003e8000000b800000005027a8714c00004000000070000018bcf"
   "e568000000018bcfe56846ffffffffffffffffffffffffffff0000000828b52f"
   "fd0468d5030014057c0000000c757365722d304c796f75722070617263656c20"
   "697320686572652c20697466726f6d2073686f70203002086b696e640c7c0014"
   "023131280432323c0633500834640a35780c367e008c010e37122070d3c27638"
   "8441531d4cb3ed8426ee98666b270432b1633f31e08e9d27841ec4c2097b10c9"
   "7d26777c"},
};

std::string unhex(std::string_view in) {
  auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string result;
  for (size_t i = 0; i + 1 < in.size(); i += 2)
    result += static_cast<char>(digit(in[i]) * 16 + digit(in[i + 1]));
  return result;
}

std::vector<record> messages(size_t count = 8) {
  std::vector<record> result;
  for (size_t i = 0; i < count; ++i)
    result.push_back(
      {b("user-" + std::to_string(i % 3)),
       b("your parcel is here, it is from shop " + std::to_string(i)),
       {{"kind", b("parcel")}},
       t0 + 10 * static_cast<int64_t>(i)});
  return result;
}

record_batch packed(codec how, size_t count = 8) {
  auto result =
    compress_batch(make_batch(messages(count), {42, 7, 100}, 1000), {how});
  REQUIRE(result.header.codec() == static_cast<int>(how));
  return result;
}

record_batch with_checksum(record_batch x) {
  x.header.crc = checksum_of(x);
  return x;
}

void check_content(const record_batch& batch, size_t count = 8) {
  auto read = read_records(batch);
  INFO((read ? "" : what(read.error())));
  REQUIRE(read);
  auto expected = messages(count);
  REQUIRE(read->size() == count);
  for (size_t i = 0; i < count; ++i) {
    CHECK(read->at(i).offset == 1000 + static_cast<int64_t>(i));
    CHECK(read->at(i).content == expected[i]);
  }
}

constexpr codec codecs_all[] = {codec::gzip, codec::snappy, codec::lz4,
                                codec::zstd};

} // namespace

TEST_CASE("compressed batches of other programs are read") {
  for (const auto& x : goldens) {
    INFO(x.made_by);
    auto batch = parse_batch(bytes{unhex(x.hex)});
    REQUIRE(batch);
    CHECK(batch->header.codec() == x.codec);
    CHECK(batch->header.leader_epoch == 5);
    CHECK_FALSE(check_batch(*batch));
    check_content(*batch);
  }
}

TEST_CASE("a compressed batch is smaller, good and holds the same") {
  auto plain = make_batch(messages(), {42, 7, 100}, 1000);
  for (auto how : codecs_all) {
    INFO(to_string(how));
    auto batch = packed(how);
    CHECK(batch.records.size() < plain.records.size());
    CHECK(batch.header.crc == checksum_of(batch));
    CHECK_FALSE(check_batch(batch));
    check_content(batch);
    // All but attributes and checksum stay.
    auto header = batch.header;
    header.attributes = plain.header.attributes;
    header.crc = plain.header.crc;
    CHECK(header == plain.header);
    auto again = parse_batch(bytes{encode_batch(batch)});
    REQUIRE(again);
    CHECK(again->header == batch.header);
    check_content(*again);
  }
}

TEST_CASE("many sizes of compressed batches come back") {
  for (auto how : codecs_all)
    for (size_t count : {4u, 100u, 1000u, 20'000u}) {
      INFO(to_string(how) << ", " << count);
      auto batch = packed(how, count);
      CHECK_FALSE(check_batch(batch));
      auto read = read_records(batch);
      REQUIRE(read);
      CHECK(read->size() == count);
      CHECK(read->back().content == messages(count).back());
    }
}

TEST_CASE("a batch that compression makes larger stays as it is") {
  auto plain = make_batch({{{}, b("x"), {}, t0}});
  for (auto how : codecs_all) {
    auto batch = compress_batch(plain, {how});
    CHECK(batch.header == plain.header);
    CHECK(batch.records == plain.records);
  }
}

TEST_CASE("keys and values outlive the batch they were compressed in") {
  placed_record one;
  {
    record_reader reader{packed(codec::zstd)};
    REQUIRE(reader.next(one));
  }
  CHECK(one.content == messages().front());
}

TEST_CASE("a node looks into a compressed batch before it takes it") {
  auto code = [](const record_batch& x) {
    return code_of(check_batch(with_checksum(x)));
  };
  auto how = GENERATE(codec::gzip, codec::snappy, codec::lz4, codec::zstd);
  INFO(to_string(how));
  auto good = packed(how);
  CHECK(code(good) == ec::none);
  auto bad = good;
  SECTION("more records than it says") {
    bad.header.record_count = 7;
    bad.header.last_offset_delta = 6;
  }
  SECTION("fewer records than it says") {
    bad.header.record_count = 9;
    bad.header.last_offset_delta = 8;
  }
  SECTION("another codec") {
    bad.header.attributes = how == codec::gzip ? 4 : 1;
  }
  SECTION("no known codec") {
    bad.header.attributes = 5;
  }
  SECTION("cut short") {
    bad.records = bad.records.slice(0, bad.records.size() - 1);
  }
  SECTION("something behind it") {
    bad.records = b(bad.records.str() + "x");
  }
  CHECK(code(bad) == ec::corrupt_batch);
  CHECK(code_of(read_records(with_checksum(bad)).error()) == ec::corrupt_batch);
  // Only producers have to get this one right.
  bad = good;
  bad.header.max_timestamp_ms += 1;
  CHECK(code(bad) == ec::corrupt_batch);
}

TEST_CASE("the error says which batch, which codec and what is wrong") {
  auto bad = packed(codec::lz4);
  bad.records = bad.records.slice(0, 20);
  CHECK(what(check_batch(with_checksum(bad)))
        == "corrupt_batch: batch at offset 1000: its records cannot be "
           "decompressed (codec 3, lz4): it ends early");
  auto good = packed(codec::zstd, 1000);
  CHECK_FALSE(check_batch(good, 100'000));
  CHECK(what(check_batch(good, 10'000))
        == "record_too_large: batch at offset 1000: its records (zstd) have "
           "more than 10000 bytes when decompressed, which is the most that is "
           "read");
}
