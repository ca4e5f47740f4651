#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace troupe::http {

/// What all browsers watch: made anew once a second, once for all of them, and
/// only while somebody does. A browser that is slow misses some.
class board {
public:
  using maker = std::function<std::string()>;

  board(maker make, uint32_t watchers_max, std::chrono::milliseconds pause);

  ~board();

  board(const board&) = delete;
  board& operator=(const board&) = delete;

  /// Whether one more may; `leave` ends it.
  bool join();
  void leave();

  struct page {
    uint64_t number = 0;
    std::string text;
  };

  /// Waits for one that is newer than `number`; none: the board closes.
  std::optional<page> next(uint64_t number);

  /// Lets all who wait go, and nobody join.
  void close();

private:
  void run();

  const maker make_;
  const uint32_t watchers_max_;
  const std::chrono::milliseconds pause_;
  std::mutex mutex_;
  std::condition_variable changed_;
  uint32_t watchers_ = 0;
  page now_;
  bool is_closed_ = false;
  std::thread thread_;
};

} // namespace troupe::http
