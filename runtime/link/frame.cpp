#include "runtime/link/frame.hpp"

#include <utility>

#include <fmt/format.h>

#include "actors/protocol/encoding.hpp"

namespace troupe::link {

namespace {

/// What a TLS client says first.
bool is_tls(std::string_view bytes) {
  return bytes.starts_with("\x16\x03");
}

} // namespace

const char* to_string(frame_kind x) {
  switch (x) {
    case frame_kind::hello:
      return "hello";
    case frame_kind::message:
      return "message";
    case frame_kind::credit:
      return "credit";
    case frame_kind::ping:
      return "ping";
    case frame_kind::pong:
      return "pong";
    case frame_kind::monitor:
      return "monitor";
    case frame_kind::down:
      return "down";
    case frame_kind::bye:
      return "bye";
  }
  return "unknown";
}

buffer make_frame(frame_kind kind, std::string_view content) {
  auto result = begin_frame(kind);
  result.insert(result.end(), content.begin(), content.end());
  end_frame(result);
  return result;
}

buffer begin_frame(frame_kind kind) {
  buffer result(frame_header_bytes);
  result.back() = static_cast<char>(kind);
  return result;
}

void end_frame(buffer& frame) {
  auto length = static_cast<uint32_t>(frame.size() - frame_header_bytes);
  for (size_t i = 0; i < 4; ++i)
    frame[i] = static_cast<char>(static_cast<uint8_t>(length >> (24 - 8 * i)));
}

void frame_decoder::feed(std::string_view bytes) {
  if (!problem_.empty())
    return;
  if (position_ > 0) {
    bytes_.erase(0, position_);
    position_ = 0;
  }
  bytes_ += bytes;
}

std::nullopt_t frame_decoder::fail(std::string why) {
  problem_ = std::move(why);
  bytes_.clear();
  position_ = 0;
  return std::nullopt;
}

std::optional<frame> frame_decoder::next() {
  if (!problem_.empty() || size() < frame_header_bytes)
    return std::nullopt;
  auto rest = std::string_view{bytes_}.substr(position_);
  if (!is_trusted_ && is_tls(rest))
    return fail("it speaks TLS, and this side has no certificate");
  auto length = get_big_endian<uint32_t>(rest, 0);
  auto kind = static_cast<frame_kind>(rest[4]);
  if (kind < frame_kind::hello || kind > frame_kind::bye)
    return fail(fmt::format("a frame of the unknown kind {}: not of this "
                            "protocol",
                            static_cast<unsigned>(kind)));
  if (!is_trusted_ && kind != frame_kind::hello && kind != frame_kind::bye)
    return fail(fmt::format("a {} before hello", to_string(kind)));
  auto most = is_trusted_ ? frame_bytes_max : stranger_bytes_max;
  if (length > most)
    return fail(fmt::format("a {} of {} bytes{}; at most {}", to_string(kind),
                            length, is_trusted_ ? "" : " before hello", most));
  if (rest.size() - frame_header_bytes < length)
    return std::nullopt;
  position_ += frame_header_bytes + length;
  return frame{kind, rest.substr(frame_header_bytes, length)};
}

} // namespace troupe::link
