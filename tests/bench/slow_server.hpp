#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <thread>

namespace troupe::bench {

/// An HTTP gateway on the loopback interface that answers each request after
/// the same time, however many there are: one thread, by epoll.
class slow_server {
public:
  explicit slow_server(std::chrono::milliseconds delay);
  ~slow_server();

  slow_server(const slow_server&) = delete;

  std::string url() const;

  uint64_t answered() const {
    return answered_;
  }

  /// Requests that wait for their answer now.
  uint64_t waiting() const {
    return waiting_;
  }

private:
  using clock = std::chrono::steady_clock;

  struct due_answer {
    clock::time_point at;
    int connection = -1;
    uint64_t serial = 0;
  };

  struct connection_state {
    uint64_t serial = 0;
    std::string input;
  };

  void run();
  void accept_all();
  void read(int connection);
  void answer_due();
  void close(int connection);

  std::chrono::milliseconds delay_;
  int listener_ = -1;
  int poll_ = -1;
  uint16_t port_ = 0;
  uint64_t serials_ = 0;
  std::map<int, connection_state> connections_;
  std::deque<due_answer> due_;
  std::atomic<uint64_t> answered_ = 0;
  std::atomic<uint64_t> waiting_ = 0;
  std::atomic<bool> is_ending_ = false;
  std::thread thread_;
};

} // namespace troupe::bench
