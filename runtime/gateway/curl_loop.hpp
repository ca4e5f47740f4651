#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>

#include "actors/handlers/gateway.hpp"

namespace troupe {

/// Sends requests by libcurl, all on one thread of its own; connections are
/// used again.
class curl_loop {
public:
  /// Called on that thread, once for each request that was not cut off.
  using listener = std::function<void(uint64_t id, gateway_answer answer)>;

  explicit curl_loop(listener done);

  /// Cuts off what is on its way.
  ~curl_loop();

  curl_loop(const curl_loop&) = delete;
  curl_loop& operator=(const curl_loop&) = delete;

  void send(uint64_t id, std::variant<http_request, mail> what);

private:
  struct job {
    uint64_t id = 0;
    std::variant<http_request, mail> what;
  };

  void run();

  class sessions;

  listener done_;
  std::unique_ptr<sessions> sessions_;
  std::mutex mutex_;
  std::deque<job> jobs_;
  bool is_ending_ = false;
  std::thread thread_;
};

} // namespace troupe
