#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "tests/runtime/gateway/tcp_stub.hpp"

namespace troupe::testing {

/// An HTTP server of the loopback interface, as far as a gateway's tests need
/// one: a request, an answer, on connections that stay.
class http_stub {
public:
  /// Gives the whole answer to a whole request; empty: the connection is
  /// closed without one.
  using answerer = std::function<std::string(const std::string& request)>;

  explicit http_stub(answerer answer);

  std::string url(const std::string& path) const;

  /// All that came, in its order.
  std::vector<std::string> requests() const;

  int connections() const {
    return server_.connections();
  }

private:
  void serve(tcp_stub::connection& x);

  answerer answer_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  /// Ends first: it uses all of the above.
  tcp_stub server_;
};

/// An answer with a body.
std::string http_answer(int status, const std::string& body,
                        const std::string& headers = {});

} // namespace troupe::testing
