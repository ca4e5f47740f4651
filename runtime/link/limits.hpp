#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace troupe::link {

/// Bounds of the links of a process.
struct limits {
  /// Bytes of messages that the other side has not taken yet. A larger message
  /// goes only when there are none.
  uint64_t window_bytes = 8 * 1024 * 1024;
  /// Beyond it, for answers and what nobody waits for, a small piece each: to
  /// drop them would leave somebody waiting. Who does not take these either is
  /// disconnected.
  uint64_t reserve_bytes = 1024 * 1024;
  uint64_t small_bytes = 64 * 1024;
  /// What is to be written at most, with all that TLS and control frames add.
  uint64_t unwritten_bytes_max = 16 * 1024 * 1024;
  /// Nothing came for this long: the other side is gone. It is asked three
  /// times meanwhile.
  std::chrono::milliseconds silence = std::chrono::seconds{10};
  /// From the connection to the other side's hello.
  std::chrono::milliseconds hello_timeout = std::chrono::seconds{10};
  /// Connections to the listener, and those of them that have not said who they
  /// are.
  size_t links_max = 4096;
  size_t strangers_max = 128;
};

} // namespace troupe::link
