#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace troupe::testing {

/// A server of the loopback interface: a thread for each connection.
class tcp_stub {
public:
  /// A connection, which is closed when its server returns.
  class connection {
  public:
    connection(int socket, const std::atomic<bool>& is_ending);
    ~connection();

    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// Appends what comes next; false: it is closed, or the stub ends.
    bool read(std::string& to);

    void write(const std::string& text);

  private:
    int socket_;
    const std::atomic<bool>& is_ending_;
  };

  using server = std::function<void(connection& x)>;

  explicit tcp_stub(server serve);
  ~tcp_stub();

  tcp_stub(const tcp_stub&) = delete;
  tcp_stub& operator=(const tcp_stub&) = delete;

  uint16_t port() const noexcept {
    return port_;
  }

  int connections() const noexcept {
    return connections_;
  }

private:
  void run();

  server serve_;
  int socket_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> is_ending_ = false;
  std::atomic<int> connections_ = 0;
  std::vector<std::thread> servers_;
  std::thread thread_;
};

} // namespace troupe::testing
