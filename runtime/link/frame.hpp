#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// LINKS: how processes talk. One link is one connection between two actor
/// systems; what goes over it are frames:
///
///     length: 4 bytes, big-endian, of the content
///     kind:   1 byte
///     content
namespace troupe::link {

enum class frame_kind : uint8_t {
  /// Who speaks: the first one of each side (hello.hpp).
  hello = 1,
  /// A message to an actor (envelope.hpp).
  message,
  /// 8 bytes: how many bytes of messages the other side's actors took.
  credit,
  /// Asks whether the other side is there.
  ping,
  /// It is.
  pong,
  /// Asks to be told when an actor of the other side ends.
  monitor,
  /// An actor has ended, and why.
  down,
  /// Nothing more will come; a text says why.
  bye,
};

const char* to_string(frame_kind x);

constexpr size_t frame_header_bytes = 5;

/// Content before the other side has said who it is, and after.
constexpr size_t stranger_bytes_max = 1024;
constexpr size_t frame_bytes_max = 16 * 1024 * 1024;

/// Bytes on their way to the network, as CAF has them.
using buffer = std::vector<char>;

/// A whole frame.
buffer make_frame(frame_kind kind, std::string_view content = {});

/// Begins a frame whose content is appended then.
buffer begin_frame(frame_kind kind);

/// Ends it, when its length is known.
void end_frame(buffer& frame);

struct frame {
  frame_kind kind = frame_kind::bye;
  /// Until more is fed.
  std::string_view content;
};

/// Cuts frames out of what comes from the network. Holds no more than one frame
/// and what came after it.
class frame_decoder {
public:
  void feed(std::string_view bytes);

  /// The next frame; nothing: more is needed, or there is a problem.
  std::optional<frame> next();

  /// What is wrong with what came, once and for all; empty: nothing.
  const std::string& problem() const noexcept {
    return problem_;
  }

  /// The other side has said who it is: its frames may be large, and of any
  /// kind.
  void trust() noexcept {
    is_trusted_ = true;
  }

  /// Bytes held.
  size_t size() const noexcept {
    return bytes_.size() - position_;
  }

private:
  std::nullopt_t fail(std::string why);

  std::string bytes_;
  size_t position_ = 0;
  bool is_trusted_ = false;
  std::string problem_;
};

} // namespace troupe::link
