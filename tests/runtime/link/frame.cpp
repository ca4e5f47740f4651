// What comes from the network is cut into frames before anybody knows who sent
// it: whatever it is, no more than a frame's bound is kept of it.
#include "runtime/link/frame.hpp"

#include <algorithm>
#include <random>

#include "tests/catch.hpp"

using namespace troupe::link;

namespace {

std::string text(const buffer& x) {
  return {x.begin(), x.end()};
}

std::string header(uint32_t length, uint8_t kind) {
  auto result = text(make_frame(static_cast<frame_kind>(kind)));
  for (size_t i = 0; i < 4; ++i)
    result[i] = static_cast<char>(length >> (24 - 8 * i));
  return result;
}

} // namespace

TEST_CASE("frame: bytes of a frame") {
  using namespace std::string_literals;
  CHECK(text(make_frame(frame_kind::bye, "end")) == "\0\0\0\x03\x08"s + "end");
  CHECK(text(make_frame(frame_kind::ping)) == "\0\0\0\0\x04"s);
}

TEST_CASE("frame: come out as they went in, however they are cut") {
  auto all = text(make_frame(frame_kind::hello, "who"));
  all += text(make_frame(frame_kind::message, std::string(70'000, 'x')));
  all += text(make_frame(frame_kind::ping));
  for (size_t step : {size_t{1}, size_t{7}, size_t{65'536}, all.size()}) {
    frame_decoder decoder;
    std::vector<frame_kind> kinds;
    size_t bytes = 0;
    for (size_t i = 0; i < all.size(); i += step) {
      decoder.feed(std::string_view{all}.substr(i, step));
      while (auto x = decoder.next()) {
        decoder.trust();
        kinds.push_back(x->kind);
        bytes += x->content.size();
      }
    }
    CHECK(decoder.problem() == "");
    CHECK(
      kinds
      == std::vector{frame_kind::hello, frame_kind::message, frame_kind::ping});
    CHECK(bytes == 70'003);
    CHECK(decoder.size() == 0);
  }
}

TEST_CASE("frame: what is refused, and in which words") {
  struct row {
    std::string bytes;
    bool is_trusted;
    std::string problem;
  };
  auto one = [](uint32_t length, frame_kind kind) {
    return header(length, static_cast<uint8_t>(kind));
  };
  for (const auto& x : {
         row{one(1024, frame_kind::hello), false, ""},
         row{one(1025, frame_kind::hello), false,
             "a hello of 1025 bytes before hello; at most 1024"},
         row{one(2, frame_kind::bye), false, ""},
         row{one(2, frame_kind::message), false, "a message before hello"},
         row{one(16 << 20, frame_kind::message), true, ""},
         row{one((16 << 20) + 1, frame_kind::message), true,
             "a message of 16777217 bytes; at most 16777216"},
         row{header(0, 0), true,
             "a frame of the unknown kind 0: not of this protocol"},
         row{header(0, 9), true,
             "a frame of the unknown kind 9: not of this protocol"},
         row{header(0, 255), false,
             "a frame of the unknown kind 255: not of this protocol"},
         row{std::string{"\x16\x03\x01\x02\x00\x01", 6}, false,
             "it speaks TLS, and this side has no certificate"},
         row{"GET / HTTP/1.1\r\n\r\n", false,
             "a frame of the unknown kind 47: not of this protocol"},
         // CAF's own header: a client handshake that claims 4 GB.
         row{std::string{"\x01\x00\x00\x00\xff\xff\xff\xff", 8}, false,
             "a frame of the unknown kind 255: not of this protocol"},
       }) {
    INFO(x.bytes.size());
    frame_decoder decoder;
    if (x.is_trusted)
      decoder.trust();
    decoder.feed(x.bytes);
    CHECK_FALSE(decoder.next());
    CHECK(decoder.problem() == x.problem);
    CHECK(decoder.size() == (x.problem.empty() ? x.bytes.size() : 0));
  }
}

TEST_CASE("frame: garbage ends in a problem, and nothing of it is kept") {
  std::mt19937 random{1};
  for (int run = 0; run < 2000; ++run) {
    frame_decoder decoder;
    if (run % 2 == 0)
      decoder.trust();
    size_t frames = 0;
    for (int part = 0; part < 50; ++part) {
      std::string bytes(random() % 64, '\0');
      for (auto& c : bytes)
        c = static_cast<char>(random());
      decoder.feed(bytes);
      while (decoder.next())
        ++frames;
    }
    CHECK(frames < 50);
    CHECK(decoder.size() <= frame_bytes_max);
    if (!decoder.problem().empty())
      CHECK(decoder.size() == 0);
  }
}
