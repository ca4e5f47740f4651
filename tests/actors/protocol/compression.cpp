// Compressed bytes come from others' programs: what is good must come out byte
// by byte, what is damaged must be refused, and nobody may fill a node's memory
// with a few bytes that blow up.
#include "actors/protocol/compression.hpp"

#include <random>

#include "actors/protocol/codecs/output_buffer.hpp"
#include "actors/protocol/encoding.hpp"
#include "actors/protocol/errors.hpp"
#include "tests/catch.hpp"

using namespace troupe;

namespace {

constexpr std::array codecs_all = {codec::gzip, codec::snappy, codec::lz4,
                                   codec::zstd};

/// Text as a log holds it, the same for each size.
std::string prose(size_t size) {
  std::mt19937 random{7};
  std::string result;
  while (result.size() < size)
    result += "user-" + std::to_string(random() % 1000)
              + " your parcel is here, take it out of box "
              + std::to_string(random() % 100) + "; ";
  result.resize(size);
  return result;
}

std::string noise(size_t size) {
  std::mt19937 random{8};
  std::string result(size, '\0');
  for (auto& c : result)
    c = static_cast<char>(random());
  return result;
}

std::string outcome(codec how, std::string_view in, size_t bytes_max) {
  auto out = decompress(how, in, bytes_max);
  return out ? "ok" : to_string(code_of(out.error()));
}

} // namespace

TEST_CASE("what is compressed comes back as it was") {
  for (auto how : codecs_all)
    for (size_t size : {60u, 1000u, 4096u, 32'767u, 32'768u, 32'769u, 65'536u,
                        200'000u, 3'000'000u}) {
      INFO(to_string(how) << ", " << size << " bytes");
      auto content = prose(size);
      for (auto level : {0, 1, 9}) {
        if (level == 9 && size > 200'000)
          continue;
        auto packed = compress({how, level}, content);
        if (packed.is_null()) {
          CHECK(size < 1000);
          continue;
        }
        CHECK(packed.size() < size);
        auto out = decompress(how, packed.view(), size);
        REQUIRE(out);
        CHECK(out->view() == content);
        // A byte less is too little.
        CHECK(outcome(how, packed.view(), size - 1) == "record_too_large");
      }
    }
}

TEST_CASE("what does not get smaller is not compressed") {
  for (auto how : codecs_all)
    for (const auto& content : {noise(0), noise(1), noise(100), noise(70'000)})
      CHECK(compress({how}, content).is_null());
  CHECK(compress({}, prose(1000)).is_null());
}

TEST_CASE("a higher level gets more out of it, where there are levels") {
  auto content = prose(100'000);
  for (auto how : {codec::gzip, codec::lz4, codec::zstd})
    CHECK(compress({how, 9}, content).size()
          < compress({how, 1}, content).size());
}

TEST_CASE("a cut or longer input is refused, and says why") {
  auto content = prose(10'000);
  for (auto how : codecs_all) {
    INFO(to_string(how));
    auto packed = compress({how}, content).str();
    for (size_t size = 0; size < packed.size(); ++size) {
      auto out = decompress(how, packed.substr(0, size), content.size());
      // Snappy's framing has no end mark: what ends with a block is whole. Cut
      // within its first bytes it is no framing, but a block of any size.
      if (how == codec::snappy && out) {
        CHECK(content.starts_with(out->view()));
        continue;
      }
      REQUIRE_FALSE(out);
      if (how != codec::snappy || size >= 8)
        CHECK(code_of(out.error()) == ec::corrupt_batch);
    }
    CHECK(outcome(how, packed + "x", content.size()) == "corrupt_batch");
  }
  auto cut = compress({codec::zstd}, content).str().substr(0, 100);
  CHECK(what(decompress(codec::zstd, cut, content.size()).error())
        == "corrupt_batch: its records cannot be decompressed (codec 4, zstd): "
           "it ends early");
}

TEST_CASE("damage never passes the bound, crashes or hangs") {
  auto content = prose(3000);
  for (auto how : codecs_all) {
    INFO(to_string(how));
    auto packed = compress({how}, content).str();
    for (size_t i = 0; i < packed.size(); ++i)
      for (auto flip : {0x01, 0x40, 0xFF}) {
        auto damaged = packed;
        damaged[i] = static_cast<char>(damaged[i] ^ flip);
        // The batch's checksum is what finds damage; codecs see some of it.
        auto out = decompress(how, damaged, 5000);
        if (out)
          CHECK(out->size() <= 5000);
      }
  }
}

TEST_CASE("a bomb is refused at its bound") {
  std::string zeros(20'000'000, '\0');
  for (auto how : codecs_all) {
    INFO(to_string(how));
    auto bomb = compress({how}, zeros);
    CHECK(bomb.size() * 20 < zeros.size());
    CHECK(outcome(how, bomb.view(), 1'000'000) == "record_too_large");
    auto error = decompress(how, bomb.view(), 1'000'000).error();
    CHECK(what(error).find("1000000 bytes") != std::string::npos);
  }
  // Many of them, one after the other, are one input.
  std::string many;
  for (int i = 0; i < 5; ++i)
    many += compress({codec::zstd}, std::string(300'000, '\0')).str();
  CHECK(outcome(codec::zstd, many, 1'000'000) == "record_too_large");
  CHECK(outcome(codec::zstd, many, 1'500'000) == "ok");
  many.clear();
  for (int i = 0; i < 5; ++i)
    many += compress({codec::gzip}, std::string(300'000, '\0')).str();
  CHECK(outcome(codec::gzip, many, 1'000'000) == "record_too_large");
  CHECK(outcome(codec::gzip, many, 1'500'000) == "ok");
}

TEST_CASE("sizes that are only claimed get no memory") {
  // A block of snappy that says it has 4 GiB less one byte, and one of 64 MiB.
  CHECK(outcome(codec::snappy, "\xff\xff\xff\xff\x0f", 1 * mib)
        == "record_too_large");
  CHECK(
    outcome(codec::snappy, std::string_view{"\x80\x80\x80\x20", 4}, 64 * mib)
    == "corrupt_batch");
  // The frame of zstd: 8 bytes of content size.
  auto claimed =
    std::string{"\x28\xb5\x2f\xfd\xe0", 5} + std::string(7, '\xff') + "\x7f";
  CHECK(outcome(codec::zstd, claimed, 64 * mib) != "ok");
}

TEST_CASE("snappy's framing: joined streams, empty blocks, newer versions") {
  std::string header{"\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16};
  auto block = [](std::string_view literal) {
    std::string raw;
    raw += static_cast<char>(literal.size());
    raw += static_cast<char>((literal.size() - 1) << 2);
    raw += literal;
    std::string result;
    put_big_endian(result, static_cast<int32_t>(raw.size()));
    return result + raw;
  };
  auto joined =
    header + block("one ") + header + block("two ") + block("three");
  auto out = decompress(codec::snappy, joined, 100);
  REQUIRE(out);
  CHECK(out->view() == "one two three");
  out = decompress(codec::snappy, header, 100);
  REQUIRE(out);
  CHECK(out->view().empty());
  CHECK_FALSE(out->is_null());
  auto empty = header + std::string{"\0\0\0\1\0", 5} + block("x");
  CHECK(outcome(codec::snappy, empty, 100) == "ok");
  auto newer = header + block("x");
  newer[15] = 2;
  CHECK(what(decompress(codec::snappy, newer, 100).error()).find("version 2")
        != std::string::npos);
  auto negative = header + "\xff\xff\xff\xff" + "x";
  CHECK(outcome(codec::snappy, negative, 100) == "corrupt_batch");
}

TEST_CASE("a number that no codec has is refused") {
  for (auto number : {0, 5, 6, 7}) {
    auto out = decompress(static_cast<codec>(number), "abc", 100);
    REQUIRE_FALSE(out);
    CHECK(code_of(out.error()) == ec::corrupt_batch);
  }
  CHECK(std::string{to_string(static_cast<codec>(5))} == "unknown");
}

TEST_CASE("a buffer grows up to one byte above its bound") {
  codecs::output_buffer out{10'000};
  while (!out.is_over()) {
    out.make_room();
    REQUIRE(out.free_bytes() > 0);
    *out.free_begin() = static_cast<char>(out.size());
    out.add(1);
  }
  CHECK(out.size() == 10'001);
  auto all = out.take();
  CHECK(all.size() == 10'001);
  CHECK(all.data()[9999] == static_cast<char>(9999));
}
