// The batch is what lies on disk and goes over the wire: its bytes are fixed
// for ever, and no damage may pass for content.
#include "actors/protocol/record_batch.hpp"

#include <random>
#include <stdexcept>

#include "actors/protocol/crc32c.hpp"
#include "actors/protocol/encoding.hpp"
#include "tests/catch.hpp"

using namespace troupe;

namespace {

bytes b(std::string_view x) {
  return bytes{std::string{x}};
}

constexpr int64_t t0 = 1'700'000'000'000;

record_batch sample() {
  auto batch =
    make_batch({{b("k1"), b("msg11"), {}, t0},
                {{}, b("msg50"), {{"to", b("+49")}, {"n", {}}}, t0 + 1000},
                {b("k1"), {}, {}, t0 - 5}},
               {42, 7, 100}, 5);
  batch.header.leader_epoch = 3;
  return batch;
}

/// Made by an independent encoder, from the Kafka protocol's description:
///   base offset 5, length 0x5f, leader epoch 3, magic 2, CRC-32C,
///   attributes 0, last offset delta 2, base timestamp t0, max t0 + 1000,
///   producer 42 epoch 7 sequence 100, 3 records;
///   0x1a bytes / 2: attributes, time 0, offset 0, 'k1', 'msg11', no headers...
constexpr std::string_view golden =
  "00000000000000050000005f0000000302ea1c31f20000000000020000018bcf"
  "e568000000018bcfe56be8000000000000002a000700000064000000031a0000"
  "00046b310a6d73673131002c00d00f02010a6d736735300404746f062b343902"
  "6e0110000904046b310100";

std::string hex(std::string_view in) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (auto c : in) {
    out += digits[static_cast<uint8_t>(c) >> 4];
    out += digits[static_cast<uint8_t>(c) & 15];
  }
  return out;
}

/// Parsed and checked, as a reader does it.
caf::error refusal(std::string content) {
  auto batch = parse_batch(bytes{std::move(content)});
  return batch ? check_batch(*batch) : batch.error();
}

} // namespace

TEST_CASE("the checksum is CRC-32C and can go on") {
  CHECK(crc32c("123456789") == 0xE3069283);
  CHECK(crc32c("6789", crc32c("12345")) == 0xE3069283);
  CHECK(crc32c("") == 0);
}

TEST_CASE("varints hold every 64-bit integer") {
  std::vector<std::pair<int64_t, std::string>> table{
    {0, "00"},
    {-1, "01"},
    {1, "02"},
    {63, "7e"},
    {-64, "7f"},
    {64, "8001"},
    {INT64_MAX, "feffffffffffffffff01"},
    {INT64_MIN, "ffffffffffffffffff01"},
  };
  for (const auto& [value, expected] : table) {
    std::string out;
    put_varint(out, value);
    CHECK(hex(out) == expected);
    size_t position = 0;
    CHECK(get_varint(out, position) == value);
    CHECK(position == out.size());
    position = 0;
    CHECK_FALSE(get_varint(out.substr(0, out.size() - 1), position));
  }
  size_t position = 0;
  CHECK_FALSE(get_varint("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", position));
}

TEST_CASE("a batch has the bytes of the Kafka protocol") {
  auto batch = sample();
  auto encoded = encode_batch(batch);
  CHECK(hex(encoded) == golden);
  CHECK(encoded.size() == batch.encoded_bytes());
  CHECK(encode_header(batch) == encoded.substr(0, 61));
  CHECK_FALSE(check_batch(batch));
}

TEST_CASE("what was encoded is read again") {
  auto batch = sample();
  auto parsed = parse_batch(bytes{encode_batch(batch) + "what follows"});
  REQUIRE(parsed);
  CHECK(parsed->header == batch.header);
  CHECK(parsed->records == batch.records);
  auto records = read_records(*parsed);
  REQUIRE(records);
  REQUIRE(records->size() == 3);
  CHECK(records->at(0).offset == 5);
  CHECK(records->at(0).content == record{b("k1"), b("msg11"), {}, t0});
  CHECK(records->at(1).content
        == record{{}, b("msg50"), {{"to", b("+49")}, {"n", {}}}, t0 + 1000});
  CHECK(records->at(2).offset == 7);
  CHECK(records->at(2).content == record{b("k1"), {}, {}, t0 - 5});
}

TEST_CASE("random batches survive the round trip") {
  std::mt19937_64 random{1};
  auto random_bytes = [&]() -> bytes {
    auto kind = random() % 4;
    if (kind == 0)
      return {};
    return bytes{
      std::string(kind == 1 ? 0 : random() % 300, static_cast<char>(random()))};
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<record> records(1 + random() % 20);
    for (auto& x : records) {
      x = {random_bytes(),
           random_bytes(),
           {},
           static_cast<int64_t>(random() >> 2)};
      for (auto n = random() % 3; n > 0; --n)
        x.headers.push_back({std::string(random() % 9, 'h'), random_bytes()});
    }
    auto batch = make_batch(records, {}, static_cast<int64_t>(random() >> 8));
    CHECK_FALSE(check_batch(batch));
    auto parsed = parse_batch(bytes{encode_batch(batch)});
    REQUIRE(parsed);
    auto placed = read_records(*parsed);
    REQUIRE(placed);
    REQUIRE(placed->size() == records.size());
    for (size_t i = 0; i < records.size(); ++i) {
      CHECK(placed->at(i).content == records[i]);
      CHECK(placed->at(i).offset
            == batch.header.base_offset + static_cast<int64_t>(i));
    }
  }
}

TEST_CASE("a batch whose offsets do not fit 63 bits is refused") {
  constexpr auto last = std::numeric_limits<int64_t>::max();
  auto batch = sample();
  batch.header.base_offset = last - 1 - batch.header.last_offset_delta;
  CHECK(refusal(encode_batch(batch)) == caf::none);
  ++batch.header.base_offset;
  CHECK(code_of(refusal(encode_batch(batch))) == ec::corrupt_batch);
  batch.header.base_offset = last;
  CHECK(code_of(refusal(encode_batch(batch))) == ec::corrupt_batch);
}

TEST_CASE("base offset and leader epoch change without the checksum") {
  auto batch = sample();
  batch.header.base_offset = 1'000'000;
  batch.header.leader_epoch = 9;
  CHECK_FALSE(check_batch(batch));
  auto records = read_records(batch);
  REQUIRE(records);
  CHECK(records->back().offset == 1'000'002);
}

TEST_CASE("a batch that compaction thinned out is one to keep, not to send") {
  auto whole = sample();
  auto records = read_records(whole);
  REQUIRE(records);
  CHECK_FALSE(check_kept_batch(whole));
  for (size_t kept = 0; kept < records->size(); ++kept) {
    INFO(kept << " records");
    records->resize(kept);
    auto thin =
      make_sparse_batch(*records, whole.header, whole.header.last_offset());
    CHECK_FALSE(check_kept_batch(thin));
    CHECK(code_of(check_batch(thin)) == ec::corrupt_batch);
    thin.header.leader_epoch += 1;
    CHECK_FALSE(check_kept_batch(thin));
    thin.header.max_timestamp_ms += 1;
    CHECK(code_of(check_kept_batch(thin)) == ec::corrupt_batch);
    if (kept > 0) {
      thin.header.crc = checksum_of(thin);
      CHECK(code_of(check_kept_batch(thin)) == ec::corrupt_batch);
    }
    thin.header.last_offset_delta = -1;
    thin.header.crc = checksum_of(thin);
    CHECK(code_of(check_kept_batch(thin)) == ec::corrupt_batch);
    records = read_records(whole);
  }
}

TEST_CASE("every changed byte outside of these two is refused") {
  auto intact = encode_batch(sample());
  CHECK_FALSE(refusal(intact));
  for (size_t i = 0; i < intact.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      auto damaged = intact;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      auto is_free = i < 8 || (i >= 12 && i < 16);
      INFO("byte " << i << ", bit " << bit);
      CHECK(code_of(refusal(damaged))
            == (is_free ? ec::none : ec::corrupt_batch));
    }
}

TEST_CASE("a batch that ends early is refused") {
  auto intact = encode_batch(sample());
  for (size_t size = 0; size < intact.size(); ++size)
    CHECK(code_of(refusal(intact.substr(0, size))) == ec::corrupt_batch);
}

TEST_CASE("damage behind a right checksum is found by walking the records") {
  auto with_checksum = [](record_batch x) {
    x.header.crc = checksum_of(x);
    return x;
  };
  auto good = sample();
  SECTION("counts that do not agree") {
    for (int32_t count : {-1, 0, 2, 4, INT32_MAX}) {
      auto bad = good;
      bad.header.record_count = count;
      CHECK(code_of(check_batch(with_checksum(bad))) == ec::corrupt_batch);
      bad.header.last_offset_delta = count - 1;
      CHECK(code_of(check_batch(with_checksum(bad))) == ec::corrupt_batch);
    }
  }
  SECTION("a largest timestamp that is not") {
    auto bad = good;
    bad.header.max_timestamp_ms += 1;
    CHECK(code_of(check_batch(with_checksum(bad))) == ec::corrupt_batch);
  }
  SECTION("any byte of the records") {
    // Some changes give another proper batch; none may crash or read outside.
    for (size_t i = 0; i < good.records.size(); ++i)
      for (int value = 0; value < 256; ++value) {
        auto content = good.records.str();
        content[i] = static_cast<char>(value);
        auto bad = good;
        bad.records = bytes{content};
        bad = with_checksum(bad);
        auto records = read_records(bad);
        auto failure = check_batch(bad);
        CHECK((failure || records));
      }
  }
  SECTION("offsets that leap") {
    // What compaction leaves, but no producer may send.
    auto header = good.header;
    auto bad = make_sparse_batch({{5, {b("k"), b("v"), {}, t0}}}, header, 7);
    CHECK(code_of(check_batch(bad)) == ec::corrupt_batch);
    CHECK(read_records(bad));
  }
}

TEST_CASE("a thinned-out batch keeps offsets, end and producer") {
  auto batch = sample();
  auto records = read_records(batch);
  REQUIRE(records);
  auto thin = make_sparse_batch({records->at(1)}, batch.header,
                                batch.header.last_offset());
  CHECK(thin.header.base_offset == 5);
  CHECK(thin.header.last_offset() == 7);
  CHECK(thin.header.producer_id == 42);
  CHECK(thin.header.base_sequence == 100);
  CHECK(thin.header.leader_epoch == 3);
  CHECK(thin.header.crc == checksum_of(thin));
  auto left = read_records(thin);
  REQUIRE(left);
  REQUIRE(left->size() == 1);
  CHECK(left->front().offset == 6);
  CHECK(left->front().content == records->at(1).content);
  auto empty = make_sparse_batch({}, batch.header, 7);
  CHECK(empty.header.record_count == 0);
  CHECK(empty.header.last_offset() == 7);
  CHECK(read_records(empty)->empty());
}

TEST_CASE("a delete horizon leaves timestamps as they were") {
  auto batch = sample();
  auto records = read_records(batch);
  REQUIRE(records);
  auto like = batch.header;
  like.attributes = batch_header::delete_horizon;
  like.base_timestamp_ms = t0 + 86'400'000;
  auto stamped = make_sparse_batch(*records, like, 7);
  CHECK(stamped.header.base_timestamp_ms == t0 + 86'400'000);
  CHECK(stamped.header.max_timestamp_ms == t0 + 1000);
  auto again = read_records(stamped);
  REQUIRE(again);
  CHECK(again->at(2).content == records->at(2).content);
}

TEST_CASE("a batch without records, or with offsets out of order, is a mistake "
          "of the program") {
  CHECK_THROWS_AS(make_batch({}), std::invalid_argument);
  batch_header like;
  CHECK_THROWS_AS(make_sparse_batch({{3, {}}, {3, {}}}, like, 5),
                  std::invalid_argument);
  CHECK_THROWS_AS(make_sparse_batch({{6, {}}}, like, 5), std::invalid_argument);
  CHECK_THROWS_AS(make_sparse_batch({}, like, int64_t{1} << 32),
                  std::length_error);
}
