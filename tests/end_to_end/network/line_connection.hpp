#pragma once

#include <poll.h>

#include <array>
#include <chrono>
#include <deque>
#include <optional>
#include <string>

namespace troupe::testing {

using line_clock = std::chrono::steady_clock;

/// Two sockets, and what is under way between them. It owns them; they do not
/// block.
class line_connection {
public:
  /// The second one is still connecting.
  line_connection(int accepted, int connecting) : ends_{accepted, connecting} {}

  ~line_connection();

  line_connection(const line_connection&) = delete;
  line_connection& operator=(const line_connection&) = delete;

  /// What to poll both sockets for; `is_held`: for nothing.
  std::array<pollfd, 2> wanted(line_clock::time_point now, bool is_held) const;

  /// When something is due next.
  std::optional<line_clock::time_point> next_due() const;

  /// Takes in and gives out what can be, after a poll; false: it is over.
  bool work(const std::array<pollfd, 2>& polled, line_clock::time_point now,
            std::chrono::milliseconds delay);

  /// Closes both sockets by a reset.
  void reset();

private:
  struct chunk {
    line_clock::time_point due;
    std::string bytes;
  };

  /// From the socket with the same index to the other one.
  struct stream {
    std::deque<chunk> chunks;
    size_t size = 0;
    bool has_ended = false;
    bool is_closed = false;
  };

  bool take(size_t from, line_clock::time_point now,
            std::chrono::milliseconds delay);
  bool give(size_t from, line_clock::time_point now);

  std::array<int, 2> ends_;
  std::array<stream, 2> streams_;
  bool is_connecting_ = true;
};

} // namespace troupe::testing
