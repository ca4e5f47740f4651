#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace troupe::testing {

/// An HTTP server of the loopback interface, as far as a gateway's tests need
/// one: a request, an answer, on connections that stay.
class http_stub {
public:
  /// Gives the whole answer to a whole request; empty: the connection is
  /// closed without one.
  using answerer = std::function<std::string(const std::string& request)>;

  explicit http_stub(answerer answer);
  ~http_stub();

  std::string url(const std::string& path) const;

  /// All that came, in its order.
  std::vector<std::string> requests() const;

  int connections() const {
    return connections_;
  }

private:
  void run();
  void serve(int connection);

  answerer answer_;
  int socket_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> is_ending_ = false;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<std::thread> servers_;
  std::thread thread_;
};

/// An answer with a body.
std::string http_answer(int status, const std::string& body,
                        const std::string& headers = {});

} // namespace troupe::testing
